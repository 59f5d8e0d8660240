'use strict';

const { datasetName, partitionDate } = require('@etl/dataset');
const { isObject, written } = require('@etl/notification');

const FORMATS = ['csv', 'ndjson', 'json'];

/**
 * @typedef {{ kind: 'records', records: unknown[] }
 *   | { kind: 's3', bucket: string, key: string, version?: string }
 *   | { kind: 'https', url: URL }} Source
 *
 * @typedef {object} Request
 * @property {string} dataset
 * @property {string} [date]
 * @property {'csv' | 'ndjson' | 'json'} [format]
 * @property {Source} source
 * @property {object} [schema] handed on to data-transform
 */

function httpsSource(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError('the source URL cannot be read');
  }
  if (url.protocol !== 'https:') {
    throw new TypeError(`the source URL must begin with https://, not ${url.protocol}//`);
  }
  return { kind: 'https', url };
}

const objectSource = (bucket, key) => ({ kind: 's3', ...written(bucket, key) });

/** `source` may be a URL, an s3:// address, or an object; its members may also stand in the event itself. */
function readSource(event, defaultBucket) {
  const { source } = event;
  if (typeof source === 'string') {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(source) ?? [];
    return bucket ? objectSource(bucket, key) : httpsSource(source);
  }
  if (source !== undefined && !isObject(source)) {
    throw new TypeError('"source" must be an address or an object');
  }
  const { records, url, key, bucket = defaultBucket } = source ?? event;
  const given = Object.entries({ records, url, key }).filter(([, value]) => value !== undefined);
  if (given.length !== 1) {
    throw new TypeError(
      'the event must name one source: "records", "key" of an S3 object, or "url"',
    );
  }
  if (records !== undefined) {
    if (!Array.isArray(records)) throw new TypeError('"records" must be a list');
    return { kind: 'records', records };
  }
  return url === undefined ? objectSource(bucket, key) : httpsSource(url);
}

/**
 * @param {unknown} event
 * @param {string} defaultBucket for an S3 source that names none
 * @returns {Request}
 */
function readEvent(event, defaultBucket) {
  if (!isObject(event)) throw new TypeError('the event must be an object');
  const { dataset = 'default', date, format, schema } = event;
  if (format !== undefined && !FORMATS.includes(format)) {
    throw new TypeError(`"format" must be one of ${FORMATS.join(', ')}`);
  }
  if (schema !== undefined && !isObject(schema)) throw new TypeError('"schema" must be an object');
  return {
    dataset: datasetName(dataset),
    date: date === undefined ? undefined : partitionDate(date),
    format,
    schema,
    source: readSource(event, defaultBucket),
  };
}

module.exports = { readEvent };
