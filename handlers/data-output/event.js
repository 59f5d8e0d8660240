'use strict';

const { parseTransformedKey } = require('@etl/dataset');
const { isObject, readNotification } = require('@etl/notification');

/**
 * @typedef {object} Source
 * @property {string} bucket
 * @property {string} stem key of the three objects without their endings
 * @property {string} dataset
 * @property {string} date
 * @property {string} id
 * @property {string} [summary] key of the summary, where S3 said that it was written
 */

/** @returns {Source & { kind: string }} */
function sourceOf(bucket, key) {
  if (typeof bucket !== 'string' || bucket === '') throw new TypeError('"bucket" must be text');
  const parsed = typeof key === 'string' ? parseTransformedKey(key) : null;
  if (!parsed) {
    throw new TypeError(
      'the event names no object of data-transform: transformed/<dataset>/<date>/<id>.ndjson',
    );
  }
  return { bucket, ...parsed };
}

function notified({ bucket, key }) {
  const source = sourceOf(bucket, key);
  return source.kind === 'summary' ? { ...source, summary: key } : source;
}

/** Several notifications may speak of one dataset: it is published once. */
function distinct(sources) {
  return [
    ...new Map(sources.map((source) => [`${source.bucket}/${source.stem}`, source])).values(),
  ];
}

/**
 * @param {unknown} event data-transform's result, S3's notification or EventBridge's event of S3
 * @param {string} defaultBucket
 * @returns {{ sources: Source[], many: boolean }}
 */
function readEvent(event, defaultBucket) {
  if (!isObject(event)) throw new TypeError('the event must be an object');
  const told = readNotification(event);
  if (told) return { sources: distinct(told.objects.map(notified)), many: told.many };
  const given = Array.isArray(event.results) ? event.results : [event];
  if (given.length === 0) throw new TypeError('"results" is empty');
  return {
    sources: distinct(
      given.map((result) => sourceOf(result?.bucket ?? defaultBucket, result?.key)),
    ),
    many: given === event.results,
  };
}

module.exports = { readEvent };
