'use strict';

const { createHash } = require('node:crypto');

const ID = '0123456789abcdef0123456789abcdef';
const STEM = `transformed/orders/2024-01-02/${ID}`;
const PREFIX = `processed/orders/2024-01-02/${ID}`;

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const describe = (text) => ({
  records: text.split('\n').length - 1,
  bytes: Buffer.byteLength(text),
  sha256: sha256(text),
});

/** What data-transform leaves for data-output: the text of three objects by key. */
function transformedObjects({ data = '{"id":1}\n{"id":"é"}\n', rejects = '{"line":3}\n' } = {}) {
  const [records, rest] = [describe(data), describe(rejects)];
  const summary = {
    version: 1,
    source: { key: 'raw/x', sha256: sha256('raw') },
    counts: {
      read: records.records + rest.records,
      good: records.records,
      duplicates: 0,
      rejected: rest.records,
    },
    reasons: { 'bad-key': rest.records },
    records,
    rejects: rest,
  };
  const objects = {
    [`${STEM}.ndjson`]: data,
    [`${STEM}.rejects.ndjson`]: rejects,
    [`${STEM}.summary.json`]: JSON.stringify(summary),
  };
  return { objects, summary };
}

module.exports = { PREFIX, STEM, transformedObjects };
