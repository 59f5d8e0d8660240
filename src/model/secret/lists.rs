//! Words of names. Each list is one idea; `names` says what it makes of them.

/// Words that name a secret by themselves.
#[rustfmt::skip]
pub(super) const SECRETS: &[&str] = &[
    "apikey", "authorization", "bearer", "connstr", "cred", "credential", "credentials", "creds", "dsn", "jwt", "kennwort", "mnemonic",
    "otp", "passcode", "passkey", "passphrase", "passwd", "password", "passwords", "passwort", "pepper", "pin", "pincode", "privkey",
    "pw", "pwd", "salt", "secret", "secrets", "token", "tokens", "totp",
];

/// Written without anything between the words, names end in these.
#[rustfmt::skip]
pub(super) const ENDINGS: &[&str] = &[
    "accesskey", "accountkey", "apikey", "apikeys", "authkey", "connectionstring", "connstring", "credential", "credentials",
    "encryptionkey", "kennwort", "masterkey", "passcode", "passphrase", "passwd", "password", "passwords", "passwort", "privatekey",
    "privkey", "secret", "secretkey", "secrets", "signingkey", "sshkey", "token",
];

/// Before `pass`, `pw` or `pwd` without anything in between: `DBPASS`, and not `COMPASS`.
#[rustfmt::skip]
pub(super) const BEFORE_PASS: &[&str] = &[
    "admin", "app", "auth", "db", "email", "ftp", "http", "imap", "ldap", "login", "mail", "master", "mongo", "mq", "my", "mysql", "pg",
    "postgres", "proxy", "rabbit", "rabbitmq", "redis", "root", "sftp", "smtp", "sql", "ssh", "test", "user", "web",
];

/// Before `key`: what opens something.
#[rustfmt::skip]
pub(super) const KEYS: &[&str] = &[
    "access", "account", "admin", "aes", "age", "anthropic", "api", "app", "application", "auth", "authentication", "bot", "cert",
    "certificate", "cipher", "client", "consumer", "cookie", "crypto", "csrf", "data", "datadog", "dd", "decrypt", "decryption", "deploy",
    "developer", "encrypt", "encryption", "fernet", "github", "gitlab", "gpg", "hmac", "host", "ingest", "ingestion", "instrumentation",
    "integration", "jwt", "licence", "license", "mailgun", "master", "openai", "pgp", "priv", "private", "registration", "rsa", "secret",
    "security", "sendgrid", "server", "service", "session", "shared", "sign", "signature", "signing", "ssh", "ssl", "storage", "stripe",
    "subscription", "symmetric", "tls", "token", "twilio", "vault", "webhook", "write",
];

/// Before `key`: what finds something.
#[rustfmt::skip]
pub(super) const LOOKUPS: &[&str] = &[
    "business", "cache", "cmk", "composite", "config", "dedup", "deduplication", "dimension", "event", "feature", "file", "foreign",
    "group", "hash", "idempotency", "index", "item", "join", "json", "kms", "lock", "lookup", "map", "message", "metric", "natural",
    "object", "partition", "primary", "public", "publishable", "range", "record", "routing", "s3", "shard", "sort", "state", "surrogate",
    "tag", "unique", "yaml",
];

/// After the secret's name: what is told about it instead of it.
#[rustfmt::skip]
pub(super) const ABOUT: &[&str] = &[
    "age", "alg", "algo", "algorithm", "alias", "aliases", "arn", "arns", "attempts", "aud", "audience", "auth", "authentication",
    "backend", "bits", "bucket", "budget", "cache", "characters", "chars", "charset", "class", "column", "complexity", "cost", "count",
    "counter", "counts", "days", "dir", "directory", "disabled", "duration", "enabled", "encoding", "endpoint", "endpoints", "engine", "error", "errors", "exception", "exceptions",
    "exp", "expiration", "expire", "expires", "expiry", "fault", "field", "file", "filename", "files", "folder", "format", "header", "headers",
    "host", "hours", "id", "ids", "index", "interval", "iss", "issuer", "iterations", "kind", "label", "len", "length", "lifetime",
    "limit", "limits", "location", "manager", "max", "maximum", "millis", "min", "minimum", "minutes", "mode", "mount", "ms", "name",
    "names", "optional", "param", "parameter", "params", "path", "paths", "pattern", "per", "policies", "policy", "pool", "port",
    "prefix", "provider", "providers", "quota", "rate", "refresh", "regex", "region", "required", "retries", "reuse", "rotation", "rounds",
    "scanning", "scope", "scopes", "seconds", "secs", "service", "size", "source", "stage", "store", "strength", "suffix", "table",
    "timeout", "tokenizer", "ttl", "type", "types", "uri", "uris", "url", "urls", "usage", "validation", "validator", "validity",
    "version", "versions", "window",
];

/// Before the secret's name: a setting, or a place in a text.
#[rustfmt::skip]
pub(super) const SETTINGS: &[&str] = &[
    "allow", "allowed", "allows", "bos", "check", "continuation", "count", "disable", "disabled", "enable", "enabled", "eos", "has",
    "hide", "is", "max", "maximum", "min", "minimum", "next", "no", "num", "number", "pad", "page", "pagination", "per", "require", "required",
    "requires", "sep", "show", "skip", "stop", "total", "unk", "use", "uses", "using", "validate", "verify", "with", "without",
];

/// Around `pass` where it is no password.
#[rustfmt::skip]
pub(super) const PASSING: &[&str] = &[
    "band", "by", "count", "criteria", "fail", "first", "high", "low", "multi", "number", "one", "percent", "rate", "ratio", "second",
    "single", "threshold", "through", "thru", "two",
];

/// Digests and the like.
#[rustfmt::skip]
pub(super) const DIGESTS: &[&str] = &[
    "checksum", "commit", "crc", "digest", "etag", "etags", "fingerprint", "hash", "integrity", "md", "ref", "revision", "sha", "version",
];
