true; drop table app.notes
