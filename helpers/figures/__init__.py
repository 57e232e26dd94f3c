"""All plotting, drawings and animation."""
