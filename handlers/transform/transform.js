'use strict';

const { cleanRecord, KeyLedger } = require('@etl/records');

/**
 * Every record ends in exactly one of three places: good, duplicate, rejected.
 *
 * @param {unknown[]} records
 * @param {import('@etl/records/schema').Schema} schema
 */
function transformRecords(records, schema) {
  const ledger = new KeyLedger();
  const good = [];
  const duplicates = [];
  const rejects = [];

  records.forEach((input, index) => {
    const outcome = cleanRecord(input, schema);
    if (!outcome.good) {
      rejects.push({ index, key: outcome.key ?? null, reasons: outcome.reasons, record: input });
      return;
    }
    const { key, checksum, record } = outcome.good;
    const duplicate = ledger.claim(key, checksum);
    if (duplicate) duplicates.push({ index, key, reason: duplicate });
    else good.push(record);
  });

  return {
    records: good,
    duplicates,
    rejects,
    counts: {
      read: records.length,
      good: good.length,
      duplicates: duplicates.length,
      rejected: rejects.length,
    },
  };
}

module.exports = { transformRecords };
