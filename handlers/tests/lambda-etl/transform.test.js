'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { handler } = require('../../transform/index');
const { quietly } = require('../quietly');

const run = (event) => quietly(() => handler(event));

test('one record under "data"', async () => {
  const result = await run({ data: { id: 1, value: 'test' } });
  assert.equal(result.statusCode, 200);
  assert.deepEqual(result.counts, { read: 1, good: 1, duplicates: 0, rejected: 0 });
  const [{ _etl, ...record }] = result.records;
  assert.deepEqual(record, { id: 1, value: 'test' });
  assert.equal(_etl.key, '1');
});

test('lists of records, in each form', async () => {
  const records = [{ id: 1 }, { id: 2 }];
  for (const event of [records, { data: records }, { records }]) {
    const result = await run(event);
    assert.equal(result.counts.good, 2);
  }
});

test('every record is good, duplicate or rejected', async () => {
  const result = await run({
    records: [
      { id: 1 },
      { id: '1' },
      { id: 1 },
      { value: 'x' },
      'text',
      null,
      { id: 2, date: 'x' },
    ],
  });
  assert.deepEqual(result.counts, { read: 7, good: 1, duplicates: 2, rejected: 4 });
  assert.deepEqual(
    result.duplicates.map(({ index }) => index),
    [1, 2],
  );
  assert.match(result.duplicates[0].reason, /differs/);
  assert.match(result.duplicates[1].reason, /same content/);
  assert.deepEqual(
    result.rejects.map(({ index, reasons }) => [index, reasons[0].code]),
    [
      [3, 'bad-key'],
      [4, 'not-an-object'],
      [5, 'not-an-object'],
      [6, 'bad-date'],
    ],
  );
});

test('an empty list gives empty results', async () => {
  const result = await run({ records: [] });
  assert.deepEqual(result.counts, { read: 0, good: 0, duplicates: 0, rejected: 0 });
});

test('the same event gives the same result', async () => {
  const event = { data: [{ id: 2, amount: '5' }, { id: 1 }] };
  assert.deepEqual(await run(event), await run(structuredClone(event)));
});

test('a malformed event fails the invocation', async () => {
  const malformed = [
    [null, /not null/],
    ['text', /not string/],
    [{}, /neither/],
    [{ poison: true }, /neither/],
    [{ data: 'text' }, /"data" must hold records/],
    [{ records: { id: 1 } }, /"records" must hold records/],
    [{ data: [], records: [] }, /both/],
    [{ data: [], schema: { key: 1 } }, /schema\.key/],
  ];
  for (const [event, reason] of malformed) await assert.rejects(run(event), reason);
});
