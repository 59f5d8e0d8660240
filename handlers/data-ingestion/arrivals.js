'use strict';

const { createHash } = require('node:crypto');
const { INCOMING, parseIncomingKey } = require('@etl/dataset');
const { isAbsent } = require('@etl/store');
const { copyToRaw, dateOf, isPublished } = require('./ingest');
const { openSource } = require('./source');

/**
 * @param {import('@etl/notification').Written} object
 * @returns {import('./event').Request} what is asked for by an object that arrived
 */
function requestOf({ bucket, key, version }) {
  const told = parseIncomingKey(key);
  if (!told) {
    throw new TypeError(`${key} does not lie under ${INCOMING}, where sources arrive`);
  }
  return { ...told, source: { kind: 's3', bucket, key, version } };
}

/**
 * Where it is kept what became of an object that arrived. The key is of a fixed
 * length, since a longer one than the source's could be too long for S3.
 */
function receiptKey({ source: { bucket, key } }, etag, date) {
  const identity = JSON.stringify([bucket, key, etag, date]);
  return `receipts/${createHash('sha256').update(identity).digest('hex')}.json`;
}

/**
 * @param {import('./event').Request} request
 * @param {{ etag: string, date: string }} found
 * @param {import('./ingest').Parts} parts
 * @returns {Promise<object | undefined>} the result of the first time, where all stages are done
 *   with it
 */
async function finished(request, { etag, date }, parts) {
  const result = await parts.store.readJson(parts.bucket, receiptKey(request, etag, date));
  return result && (await isPublished(result, parts)) ? result : undefined;
}

/**
 * Ingests an object that arrived, unless that was done before.
 *
 * @param {import('./event').Request} request
 * @param {import('./ingest').Parts} parts
 * @returns {Promise<object>} the result, or `{ bucket, key, gone: true }` where somebody deleted it
 */
async function takeIn(request, parts) {
  const { store, bucket, log } = parts;
  const { source } = request;
  let opened;
  try {
    opened = await openSource(source, parts);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    log?.warn('object is gone', { key: source.key });
    return { bucket: source.bucket, key: source.key, gone: true };
  }
  const date = dateOf(request, opened);
  const before = await finished(request, { etag: opened.etag, date }, parts);
  if (before) {
    opened.close();
    log?.info('finished before', { dataset: before.dataset, key: before.key });
    return before;
  }
  const result = await copyToRaw(request, opened, parts);
  await store.writeJson(bucket, receiptKey(request, opened.etag, date), result);
  return result;
}

module.exports = { finished, requestOf, takeIn };
