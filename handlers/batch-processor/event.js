'use strict';

const { contentId, parseSchema } = require('@etl/records');

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @typedef {object} Item
 * @property {unknown} [record]
 * @property {string} [fault] why the message holds no record
 * @property {number} index position in the caller's list, or of the message in the event
 * @property {string} [messageId]
 *
 * @typedef {object} Batch
 * @property {'direct' | 'queue'} source
 * @property {string} batchId
 * @property {Item[]} items
 * @property {number} offset
 * @property {import('@etl/records/schema').Schema} schema
 * @property {boolean} failuresToQueue
 */

/** A message's body holds one record, a list of records, or `{records: […]}`. */
function itemsOfMessage(message, index) {
  const { messageId, body } = message;
  let content;
  try {
    content = JSON.parse(body);
  } catch (error) {
    return [{ messageId, index, fault: `the message is not JSON: ${error.message}` }];
  }
  const records = content?.records ?? content;
  if (!Array.isArray(records)) return [{ messageId, index, record: records }];
  return records.map((record) => ({ messageId, index, record }));
}

function queueBatch({ Records }) {
  const bad = Records.findIndex(
    (message) => typeof message?.messageId !== 'string' || typeof message?.body !== 'string',
  );
  if (bad >= 0) throw new TypeError(`Records[${bad}] has no messageId and body`);
  return {
    source: 'queue',
    batchId: contentId(Records.map(({ messageId }) => messageId)),
    items: Records.flatMap(itemsOfMessage),
    offset: 0,
    schema: parseSchema(),
    failuresToQueue: false,
  };
}

function directBatch(event) {
  const name = event.records === undefined ? 'data' : 'records';
  const content = event[name];
  if (content === undefined) {
    throw new TypeError('the event has neither "records", "data" nor SQS "Records"');
  }
  const records = name === 'data' && isObject(content) ? [content] : content;
  if (!Array.isArray(records)) throw new TypeError(`"${name}" must hold a list of records`);

  const { offset = 0, failuresTo, batchId = contentId(records) } = event;
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > records.length) {
    throw new RangeError(`"offset" must be a whole number from 0 to ${records.length}`);
  }
  if (failuresTo !== undefined && failuresTo !== 'dead-letter-queue') {
    throw new TypeError('"failuresTo" can only be "dead-letter-queue"');
  }
  if (typeof batchId !== 'string' || batchId === '') {
    throw new TypeError('"batchId" must be text');
  }
  return {
    source: 'direct',
    batchId,
    items: records.map((record, index) => ({ record, index })),
    offset,
    schema: parseSchema(event.schema),
    failuresToQueue: failuresTo !== undefined,
  };
}

/**
 * @param {unknown} event SQS records, `{records: […]}`, `{data: …}` or a list of records
 * @returns {Batch}
 */
function readBatch(event) {
  if (Array.isArray(event)) return directBatch({ records: event });
  if (!isObject(event)) throw new TypeError('the event must be an object or a list of records');
  return Array.isArray(event.Records) ? queueBatch(event) : directBatch(event);
}

module.exports = { readBatch };
