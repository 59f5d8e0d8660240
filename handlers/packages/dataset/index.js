'use strict';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
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

/**
 * @param {unknown} date
 * @returns {string}
 */
function partitionDate(date) {
  const time = typeof date === 'string' && DATE.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) {
    throw new TypeError('"date" must be a real day written as YYYY-MM-DD');
  }
  return date;
}

/** @param {{ dataset: string, date: string, id: string }} part */
const rawKey = ({ dataset, date, id }) => `raw/${dataset}/${date}/${id}.ndjson`;

/** @param {{ dataset: string, date: string, id: string }} part */
const processedPrefix = ({ dataset, date, id }) => `processed/${dataset}/${date}/${id}`;

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

module.exports = { datasetName, partitionDate, rawKey, processedPrefix, parseTransformedKey };
