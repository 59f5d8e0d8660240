'use strict';

const { cleanRecord, contentId, KeyLedger, parseSchema } = require('@etl/records');
const { RequestError } = require('./failure');

const MAX_RECORDS = 10_000;
const SHOWN_REJECTS = 100;

function readSchema(input) {
  try {
    return parseSchema(input);
  } catch (error) {
    throw new RequestError(400, error.message);
  }
}

/**
 * Checks a batch the way batch-processor will, and names it after its content,
 * so that the same batch sent twice carries the same id. It keeps nothing: the
 * caller hands the batch on to the function that the answer names.
 *
 * @param {unknown} body
 * @param {string} functionName
 */
function submitBatch(body, functionName) {
  const records = Array.isArray(body) ? body : body?.records;
  if (!Array.isArray(records)) throw new RequestError(400, '"records" must be a list of records');
  if (records.length === 0) throw new RequestError(400, '"records" is empty');
  if (records.length > MAX_RECORDS) {
    throw new RequestError(400, `${records.length} records in one batch, at most ${MAX_RECORDS}`);
  }
  const schema = readSchema(body.schema);
  const ledger = new KeyLedger();
  const rejects = [];
  let duplicates = 0;
  records.forEach((record, index) => {
    const { good, reasons } = cleanRecord(record, schema);
    if (!good) rejects.push({ index, reasons });
    else if (ledger.claim(good.key, good.checksum)) duplicates += 1;
  });
  if (rejects.length === records.length) {
    const { code, field, detail } = rejects[0].reasons[0];
    const where = field === undefined ? '' : ` ${field}:`;
    throw new RequestError(400, `no record is valid; the first one: ${code}:${where} ${detail}`);
  }
  return {
    status: 'validated',
    batchId: contentId(records),
    counts: {
      records: records.length,
      good: records.length - rejects.length - duplicates,
      duplicates,
      rejected: rejects.length,
    },
    rejects: rejects.slice(0, SHOWN_REJECTS),
    next: { function: functionName.replace(/^api-handler/, 'batch-processor') },
  };
}

module.exports = { submitBatch };
