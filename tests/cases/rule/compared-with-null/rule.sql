deleted_at = null
