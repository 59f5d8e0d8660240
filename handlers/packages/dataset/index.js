'use strict';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INCOMING = 'incoming/';
const STAGE_KEY =
  /^transformed\/([A-Za-z0-9][A-Za-z0-9_-]{0,63})\/(\d{4}-\d{2}-\d{2})\/([0-9a-f]{32})(\.ndjson|\.rejects\.ndjson|\.summary\.json)$/;

/**
 * @param {unknown} name
 * @returns {string}
 */
function datasetName(name) {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new TypeError(
      '"dataset" must be 1 to 64 letters, digits, "-" or "_", and begin with a letter or digit',
    );
  }
  return name;
}

function isDay(date) {
  const time = typeof date === 'string' && DATE.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === date;
}

/**
 * @param {unknown} date
 * @returns {string}
 */
function partitionDate(date) {
  if (!isDay(date)) throw new TypeError('"date" must be a real day written as YYYY-MM-DD');
  return date;
}

/**
 * What the key of a source says of it: incoming/<dataset>/<file>, or
 * incoming/<dataset>/<YYYY-MM-DD>/<file>; other folders say nothing.
 *
 * @param {string} key
 * @returns {{ dataset: string, date?: string } | null} null where it does not lie under incoming/
 */
function parseIncomingKey(key) {
  if (!key.startsWith(INCOMING)) return null;
  const [dataset = 'default', date] = key.slice(INCOMING.length).split('/').slice(0, -1);
  return { dataset: datasetName(dataset), ...(isDay(date) && { date }) };
}

/** @param {{ dataset: string, date: string, id: string }} part */
const rawKey = ({ dataset, date, id }) => `raw/${dataset}/${date}/${id}.ndjson`;

/** @param {{ dataset: string, date: string, id: string }} part */
const processedPrefix = ({ dataset, date, id }) => `processed/${dataset}/${date}/${id}`;

/** @param {{ dataset: string, date: string, id: string }} part */
const manifestKey = (part) => `${processedPrefix(part)}/manifest.json`;

/**
 * @param {string} key of any of the three objects that data-transform writes
 * @returns {{ dataset: string, date: string, id: string, kind: 'records' | 'rejects' | 'summary', stem: string } | null}
 */
function parseTransformedKey(key) {
  const found = STAGE_KEY.exec(key);
  if (!found) return null;
  const [, dataset, date, id, suffix] = found;
  const kind = { '.ndjson': 'records', '.rejects.ndjson': 'rejects', '.summary.json': 'summary' };
  return { dataset, date, id, kind: kind[suffix], stem: key.slice(0, -suffix.length) };
}

module.exports = {
  INCOMING,
  datasetName,
  partitionDate,
  parseIncomingKey,
  rawKey,
  processedPrefix,
  manifestKey,
  parseTransformedKey,
};
