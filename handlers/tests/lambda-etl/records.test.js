'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { canonicalJson, cleanRecord, contentId, KeyLedger, parseSchema } = require('@etl/records');
const cases = require('../fixtures/cleaning.json');

for (const { name, schema, input, record, key, codes } of cases) {
  test(`cleaning: ${name}`, () => {
    const outcome = cleanRecord(input, parseSchema(schema));
    const found = (outcome.reasons ?? []).map((reason) => reason.code);
    assert.deepEqual(found, codes ?? []);
    if (record) {
      const { _etl, ...rest } = outcome.good.record;
      assert.equal(JSON.stringify(rest), JSON.stringify(record));
      assert.deepEqual(_etl, { key: outcome.good.key, checksum: outcome.good.checksum });
    }
    if (key) assert.equal(outcome.good.key, key);
  });
}

test('the checksum does not depend on the order of fields', () => {
  const schema = parseSchema();
  const one = cleanRecord({ id: 1, a: { x: 1, y: [2] } }, schema);
  const two = cleanRecord({ a: { y: [2], x: 1 }, id: 1 }, schema);
  assert.equal(one.good.checksum, two.good.checksum);
  assert.equal(canonicalJson({ b: 1, a: [null, 'x'] }), '{"a":[null,"x"],"b":1}');
  assert.equal(contentId({ a: 1, b: 2 }), contentId({ b: 2, a: 1 }));
});

test('a huge field and a deep one are refused, not kept', () => {
  const schema = parseSchema();
  const [long] = cleanRecord({ id: 1, note: 'x'.repeat(1024 * 1024 + 1) }, schema).reasons;
  assert.equal(long.code, 'field-too-long');
  let deep = 1;
  for (let level = 0; level < 5000; level += 1) deep = [deep];
  const [nested] = cleanRecord({ id: 1, deep }, schema).reasons;
  assert.equal(nested.code, 'too-deep');
});

test('a number that JSON has no word for is refused in any field', () => {
  const { reasons } = cleanRecord(JSON.parse('{"id":1,"size":-1e999}'), parseSchema());
  assert.deepEqual(
    reasons.map(({ code, field }) => [code, field]),
    [['bad-any', 'size']],
  );
});

test('a ledger tells repeated content from a conflict', () => {
  const ledger = new KeyLedger();
  assert.equal(ledger.claim('1', 'a'), undefined);
  assert.match(ledger.claim('1', 'a'), /same content/);
  assert.match(ledger.claim('1', 'b'), /differs/);
  assert.equal(ledger.claim('2', 'a'), undefined);
});

test('a schema that cannot be used is refused with its place', () => {
  assert.throws(() => parseSchema([]), /schema must be an object/);
  assert.throws(() => parseSchema({ keys: 'id' }), /schema\.keys is unknown/);
  assert.throws(() => parseSchema({ key: '' }), /schema\.key/);
  assert.throws(() => parseSchema({ required: 'id' }), /schema\.required/);
  assert.throws(() => parseSchema({ types: [] }), /schema\.types must be an object/);
  assert.throws(() => parseSchema({ types: { a: 'money' } }), /schema\.types\.a/);
  assert.throws(() => parseSchema({ dateOrder: 'ymd' }), /schema\.dateOrder/);
});

test('invented field names fill no memory', () => {
  const schema = parseSchema();
  for (let index = 0; index < 2000; index += 1) {
    assert.equal(schema.typeOf(`invented_${index}_at`), 'date');
  }
  assert.equal(schema.types.size, 1000);
});
