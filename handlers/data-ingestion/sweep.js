'use strict';

const { INCOMING } = require('@etl/dataset');
const { finished, requestOf, takeIn } = require('./arrivals');
const { OutOfTimeError, dateOf } = require('./ingest');
const { dayOf } = require('./source');

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
// Enough for a small object; a large one is begun anew by the next sweep.
const STOP_MS = 15_000;
// Requests that look whether an object is finished, at a time.
const ABREAST = 10;
const DEFAULTS = { prefix: INCOMING, days: 7, minutes: 60 };

/**
 * @typedef {object} Sweep
 * @property {string} prefix
 * @property {string} [after] key behind which it begins
 * @property {number} days how old an object may be
 * @property {number} minutes how old it must be: a younger one may be on its way
 */

/**
 * @param {unknown} event
 * @returns {Sweep | undefined} undefined where none is asked for
 */
function readSweep(event) {
  const asked = event?.sweep;
  if (asked === undefined) return undefined;
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) {
    throw new TypeError('"sweep" must be an object, such as {}');
  }
  const unknown = Object.keys(asked).find((name) => !(name in DEFAULTS) && name !== 'after');
  if (unknown) throw new TypeError(`"sweep" has no "${unknown}"`);
  const sweep = { ...DEFAULTS, ...asked };
  if (typeof sweep.prefix !== 'string' || !sweep.prefix.startsWith(INCOMING)) {
    throw new TypeError(`"prefix" must begin with ${INCOMING}`);
  }
  if (sweep.after !== undefined && typeof sweep.after !== 'string') {
    throw new TypeError('"after" must be a key');
  }
  for (const name of ['days', 'minutes']) {
    if (!Number.isSafeInteger(sweep[name]) || sweep[name] < 0) {
      throw new TypeError(`"${name}" must be a whole number`);
    }
  }
  return sweep;
}

/** @returns {Promise<{ key: string, request?: object, error?: Error }[]>} those that are not finished */
async function unfinished(objects, parts) {
  const looked = objects.map(async ({ key, lastModified, etag }) => {
    try {
      const request = requestOf({ bucket: parts.bucket, key });
      const date = dateOf(request, { date: dayOf(lastModified) });
      return (await finished(request, { etag, date }, parts)) ? undefined : { key, request };
    } catch (error) {
      return { key, error };
    }
  });
  return (await Promise.all(looked)).filter(Boolean);
}

async function* inTens({ prefix, after, days, minutes }, now, { store, bucket }) {
  const isDue = ({ key, lastModified }) => {
    const age = now - lastModified.getTime();
    return !key.endsWith('/') && age >= minutes * MINUTE_MS && age <= days * DAY_MS;
  };
  for (let last = after, more = true; more;) {
    const page = await store.list(bucket, prefix, last);
    const due = page.objects.filter(isDue);
    for (let at = 0; at < due.length; at += ABREAST) yield due.slice(at, at + ABREAST);
    last = page.objects.at(-1)?.key;
    more = page.more;
  }
}

/**
 * Finds objects of the ingestion bucket whose run never came to its end, and
 * ingests them again. It stops before the timeout and says where to go on.
 *
 * @param {Sweep} sweep
 * @param {import('./ingest').Parts} parts
 * @param {number} [now]
 */
async function sweepIncoming(sweep, parts, now = Date.now()) {
  const told = { looked: 0, again: [], failed: [] };
  let { after } = sweep;
  const stopped = () => ({ ...told, left: true, next: { sweep: { ...sweep, after } } });
  for await (const objects of inTens(sweep, now, parts)) {
    if (parts.remainingMs() < STOP_MS) return stopped();
    for (const { key, request, error } of await unfinished(objects, parts)) {
      if (parts.remainingMs() < STOP_MS) return stopped();
      try {
        if (error) throw error;
        const { key: raw, gone } = await takeIn(request, parts);
        if (!gone) told.again.push({ key, raw });
      } catch (failure) {
        // The first had all the time that there is; another may do with it.
        if (failure instanceof OutOfTimeError && told.again.length > 0) return stopped();
        told.failed.push({ key, message: failure.message });
      }
      after = key;
    }
    told.looked += objects.length;
    after = objects.at(-1).key;
  }
  return { ...told, left: false };
}

module.exports = { readSweep, sweepIncoming };
