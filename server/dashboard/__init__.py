"""The dashboard: pages for whoever runs the server, rendered here, with no build step and nothing fetched from elsewhere."""
