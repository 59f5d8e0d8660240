"""What several functions share."""


def trimmed(record):
    return {name: value.strip() if isinstance(value, str) else value for name, value in record.items()}
