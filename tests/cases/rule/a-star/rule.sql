row(app.notes.*) is null
