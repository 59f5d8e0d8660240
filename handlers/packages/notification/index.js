'use strict';

/**
 * An object that S3 says was written.
 * @typedef {{ bucket: string, key: string, version?: string }} Written
 */

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns {Written} */
function written(bucket, key, version) {
  if (typeof bucket !== 'string' || bucket === '') throw new TypeError('"bucket" must be text');
  if (typeof key !== 'string' || key === '') throw new TypeError('"key" must be text');
  return { bucket, key, ...(version && { version }) };
}

/** S3 encodes keys in its own notifications as a form does, and not in those of EventBridge. */
function notified(item) {
  const { bucket, object } = item?.s3 ?? {};
  const key = typeof object?.key === 'string' ? object.key.replaceAll('+', ' ') : undefined;
  return written(bucket?.name, key && decodeURIComponent(key), object?.versionId);
}

/** S3 may tell of one object twice. */
function distinct(objects) {
  const seen = new Map();
  for (const object of objects) seen.set(JSON.stringify(object), object);
  return [...seen.values()];
}

// Who asks for every event gets deletions too: there is nothing to do for them.
// Console and other tools make "folders" out of empty objects.
const isCreation = ({ eventName }) => eventName === undefined || /^ObjectCreated:/.test(eventName);
const isFile = ({ key }) => !key.endsWith('/');

/**
 * @param {unknown} event
 * @returns {{ objects: Written[], many: boolean } | undefined} undefined where it is neither S3's
 *   notification nor EventBridge's event of S3
 */
function readNotification(event) {
  if (!isObject(event)) return undefined;
  // Sent by S3 itself, when a notification is set up.
  if (event.Event === 's3:TestEvent') return { objects: [], many: true };
  if (Array.isArray(event.Records)) {
    if (event.Records.length === 0) throw new TypeError('"Records" is empty');
    const created = event.Records.filter((item) => isCreation(item ?? {}));
    return { objects: distinct(created.map(notified).filter(isFile)), many: true };
  }
  if (!isObject(event.detail) || !isObject(event.detail.object)) return undefined;
  const { bucket, object } = event.detail;
  const created = [undefined, 'Object Created'].includes(event['detail-type']);
  const told = created ? [written(bucket?.name, object.key, object['version-id'])] : [];
  const objects = told.filter(isFile);
  return { objects, many: objects.length === 0 };
}

/**
 * One object that fails must not keep the others from being worked on: it fails
 * the invocation when they are done.
 *
 * @template T, R
 * @param {T[]} items
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
async function eachOf(items, work) {
  const results = [];
  const errors = [];
  for (const item of items) {
    try {
      results.push(await work(item));
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    const reasons = errors.map(({ message }) => message).join('; ');
    throw new AggregateError(errors, `${errors.length} of ${items.length} failed: ${reasons}`);
  }
  return results;
}

module.exports = { eachOf, isObject, readNotification, written };
