"""What the API and the pages share of HTTP: requests, cookies, form tokens, problems."""
