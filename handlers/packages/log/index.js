'use strict';

const WEIGHT = { DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40 };
const SECRET_NAME = /secret|token|passw|authorization|credential|cookie|api[-_]?key/i;
const MAX_TEXT = 2000;
const MAX_DEPTH = 6;

/**
 * A value that JSON can always hold, without secrets and without endless text.
 *
 * @param {unknown} value
 * @param {number} [depth]
 * @returns {unknown}
 */
function printable(value, depth = 0) {
  if (value instanceof Error) {
    return {
      name: value.name,
      message: printable(value.message),
      stack: value.stack?.split('\n').slice(1, 5).join('\n'),
    };
  }
  if (typeof value === 'string') {
    return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}… (${value.length})` : value;
  }
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.map((item) => printable(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET_NAME.test(name) ? '[redacted]' : printable(item, depth + 1),
    ]),
  );
}

/**
 * @typedef {object} Logger
 * @property {(message: string, fields?: object) => void} debug
 * @property {(message: string, fields?: object) => void} info
 * @property {(message: string, fields?: object) => void} warn
 * @property {(message: string, fields?: object) => void} error
 * @property {(fields: object) => Logger} with
 */

/**
 * One JSON document a line. It writes to stdout itself: the runtime's console
 * puts time and request id in front of a line, and the line is JSON no more.
 *
 * @param {object} [base] fields of every line
 * @param {(line: string) => void} [write]
 * @returns {Logger}
 */
function createLogger(base = {}, write = (line) => process.stdout.write(line)) {
  const asked = (process.env.LOG_LEVEL ?? 'INFO').trim().toUpperCase();
  const threshold = WEIGHT[asked] ?? WEIGHT.INFO;

  const at = (level) => (message, fields) => {
    if (WEIGHT[level] < threshold) return;
    const line = { timestamp: new Date().toISOString(), level, message, ...base, ...fields };
    write(`${JSON.stringify(printable(line))}\n`);
  };
  return {
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
    with: (fields) => createLogger({ ...base, ...fields }, write),
  };
}

module.exports = { createLogger };
