'use strict';

const { parseTransformedKey } = require('@etl/dataset');

/**
 * @typedef {object} Source
 * @property {string} bucket
 * @property {string} stem key of the three objects without their endings
 * @property {string} dataset
 * @property {string} date
 * @property {string} id
 */

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

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

function notified(item) {
  const { bucket, object } = item?.s3 ?? {};
  const key = typeof object?.key === 'string' ? object.key.replaceAll('+', ' ') : undefined;
  return sourceOf(bucket?.name, key && decodeURIComponent(key));
}

/** Several notifications may speak of one dataset: it is published once. */
function distinct(sources) {
  return [
    ...new Map(sources.map((source) => [`${source.bucket}/${source.stem}`, source])).values(),
  ];
}

/**
 * @param {unknown} event data-transform's result, or an S3 notification
 * @param {string} defaultBucket
 * @returns {{ sources: Source[], many: boolean }}
 */
function readEvent(event, defaultBucket) {
  if (!isObject(event)) throw new TypeError('the event must be an object');
  if (Array.isArray(event.Records)) {
    if (event.Records.length === 0) throw new TypeError('"Records" is empty');
    return { sources: distinct(event.Records.map(notified)), many: true };
  }
  if (isObject(event.detail) && isObject(event.detail.object)) {
    return { sources: [sourceOf(event.detail.bucket?.name, event.detail.object.key)], many: false };
  }
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
