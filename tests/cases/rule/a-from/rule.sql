true from app.secrets
