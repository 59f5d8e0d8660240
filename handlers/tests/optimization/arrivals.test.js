'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { eachOf, readNotification } = require('@etl/notification');
const { createStore } = require('@etl/store');
const { requestOf, takeIn } = require('../../data-ingestion/arrivals');
const { readSweep, sweepIncoming } = require('../../data-ingestion/sweep');
const { MemoryS3 } = require('./memory-s3');

const KEY = 'incoming/orders/2024-01-02/a.ndjson';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function world(objects = { [KEY]: '{"id":1}\n' }) {
  const s3 = new MemoryS3();
  for (const [key, text] of Object.entries(objects)) s3.put('in', key, text);
  const parts = {
    store: createStore(s3),
    bucket: 'in',
    outputBucket: 'out',
    remainingMs: () => 60_000,
    fetch: () => assert.fail('this must not reach the network'),
  };
  return { s3, parts };
}

const arrive = (parts, key = KEY, version = undefined) =>
  takeIn(requestOf({ bucket: 'in', key, version }), parts);

const publish = (s3, { dataset, date, id }) =>
  s3.put('out', `processed/${dataset}/${date}/${id}/manifest.json`, '{}');

const written = (s3) => s3.order.splice(0).map((key) => key.split('/')[0]);

const item = (key, fields = {}, object = {}) => ({
  ...fields,
  s3: { bucket: { name: 'in' }, object: { key, ...object } },
});

test('notifications: encoded keys, versions, repetitions, folders and other events', () => {
  const { objects, many } = readNotification({
    Records: [
      item('incoming/a+b/%C3%BC%2B.csv', { eventName: 'ObjectCreated:Put' }),
      item('incoming/a+b/%C3%BC%2B.csv', { eventName: 'ObjectCreated:Put' }),
      item('x', { eventName: 'ObjectCreated:Copy' }, { versionId: 'v1' }),
      item('x', {}, { versionId: 'v2' }),
      item('incoming/orders/'),
      item('x', { eventName: 'ObjectRemoved:Delete' }),
      item('x', { eventName: 'ObjectTagging:Put' }),
    ],
  });
  assert.equal(many, true);
  assert.deepEqual(objects, [
    { bucket: 'in', key: 'incoming/a b/ü+.csv' },
    { bucket: 'in', key: 'x', version: 'v1' },
    { bucket: 'in', key: 'x', version: 'v2' },
  ]);
});

test('EventBridge’s events: plain keys, and deletions let be', () => {
  const detail = { bucket: { name: 'in' }, object: { key: 'a+%41', 'version-id': 'v1' } };
  const created = { 'detail-type': 'Object Created', detail };
  const object = { bucket: 'in', key: 'a+%41', version: 'v1' };
  assert.deepEqual(readNotification(created), { objects: [object], many: false });
  const nothing = { objects: [], many: true };
  assert.deepEqual(readNotification({ ...created, 'detail-type': 'Object Deleted' }), nothing);
  const folder = { bucket: { name: 'in' }, object: { key: 'incoming/orders/' } };
  assert.deepEqual(readNotification({ detail: folder }), nothing);
  assert.deepEqual(readNotification({ Service: 'Amazon S3', Event: 's3:TestEvent' }), nothing);
});

test('what is no notification, and what should be one', () => {
  for (const event of [null, 'x', [], {}, { detail: 'x' }, { detail: {} }, { records: [] }]) {
    assert.equal(readNotification(event), undefined);
  }
  for (const [event, reason] of [
    [{ Records: [] }, /"Records" is empty/],
    [{ Records: [null] }, /"bucket" must be text/],
    [{ Records: [item(7)] }, /"key" must be text/],
    [{ Records: [item('%')] }, /URI malformed/],
    [{ detail: { object: { key: 'x' } } }, /"bucket" must be text/],
  ]) {
    assert.throws(() => readNotification(event), reason);
  }
});

test('one that fails leaves the others alone, and the invocation fails', async () => {
  const done = [];
  const work = async (number) => {
    if (number > 1) throw new Error(`no ${number}`);
    done.push(number);
    return -number;
  };
  assert.deepEqual(await eachOf([0, 1], work), [-0, -1]);
  await assert.rejects(eachOf([2, 1], work), /^Error: no 2$/);
  await assert.rejects(eachOf([2, 1, 3], work), /2 of 3 failed: no 2; no 3/);
  assert.deepEqual(done, [0, 1, 1, 1]);
});

test('the key says dataset and date', async () => {
  for (const [key, dataset, date] of [
    ['incoming/a.csv', 'default', undefined],
    ['incoming/orders/a.csv', 'orders', undefined],
    ['incoming/orders/2024-01-02/a.csv', 'orders', '2024-01-02'],
    ['incoming/orders/2024-01-02/part/a.csv', 'orders', '2024-01-02'],
    ['incoming/orders/2024-02-31/a.csv', 'orders', undefined],
    ['incoming/2024-01-02/a.csv', '2024-01-02', undefined],
  ]) {
    const request = requestOf({ bucket: 'in', key });
    assert.deepEqual([request.dataset, request.date], [dataset, date], key);
  }
  assert.throws(() => requestOf({ bucket: 'in', key: 'incoming/my orders/a.csv' }), /"dataset"/);
  for (const key of ['raw/orders/2024-01-02/x.ndjson', 'receipts/x.json', 'incoming.csv']) {
    assert.throws(() => requestOf({ bucket: 'in', key }), /does not lie under incoming\//);
  }
});

test('an object that arrives is ingested, and what became of it is kept', async () => {
  const { s3, parts } = world();
  const result = await arrive(parts);
  assert.match(result.key, /^raw\/orders\/2024-01-02\/[0-9a-f]{32}\.ndjson$/);
  assert.deepEqual(written(s3), ['raw', 'receipts'], 'the receipt is of what is there');
  const undated = world({ 'incoming/orders/a.csv': 'id\n1\n' });
  assert.equal((await arrive(undated.parts, 'incoming/orders/a.csv')).date, '2024-05-06');
});

test('the same object told of again starts nothing when its run is finished', async () => {
  const { s3, parts } = world();
  const result = await arrive(parts);
  written(s3);
  assert.deepEqual(await arrive(parts), result);
  assert.deepEqual(written(s3), ['raw', 'receipts'], 'a run that failed is not lost');
  publish(s3, result);
  assert.deepEqual(await arrive(parts), result);
  assert.deepEqual(written(s3), []);
  s3.put('in', KEY, '{"id":2}\n');
  assert.notEqual((await arrive(parts)).key, result.key);
  assert.deepEqual(written(s3), ['raw', 'receipts'], 'other content under the same key is new');
});

test('a version that was overwritten before it was read is not lost', async () => {
  const { s3, parts } = world({ [KEY]: '{"id":2}\n', [`${KEY}@v1`]: '{"id":1}\n' });
  const second = await arrive(parts);
  const first = await arrive(parts, KEY, 'v1');
  assert.equal(s3.text('in', first.key), '{"id":1}\n');
  assert.equal(s3.text('in', second.key), '{"id":2}\n');
});

test('an object that was deleted since is no failure, and one that cannot be read is', async () => {
  const { s3, parts } = world({});
  assert.deepEqual(await arrive(parts), { bucket: 'in', key: KEY, gone: true });
  assert.deepEqual(written(s3), []);
  s3.failWith = () => Object.assign(new Error('no'), { name: 'AccessDenied' });
  await assert.rejects(arrive(parts), /cannot read .*AccessDenied/);
});

test('a receipt that cannot be read is not taken for none', async () => {
  const { s3, parts } = world();
  s3.failWith = (_name, { Key }) =>
    Key.startsWith('receipts/') ? Object.assign(new Error('no'), { name: 'AccessDenied' }) : null;
  await assert.rejects(arrive(parts), /cannot read s3:\/\/in\/receipts\/.*AccessDenied/);
});

const sweep = (world_, asked = {}, age = 2 * 60 * MINUTE) =>
  sweepIncoming(readSweep({ sweep: asked }), world_.parts, world_.s3.modified.getTime() + age);

test('a sweep ingests what is not finished, and only that', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `incoming/orders/${name}.ndjson`);
  const swept = world(Object.fromEntries(names.map((key, at) => [key, `{"id":${at}}\n`])));
  swept.s3.put('in', 'incoming/orders/', '');
  swept.s3.pageSize = 2;
  publish(swept.s3, await arrive(swept.parts, names[1]));
  written(swept.s3);
  const told = await sweep(swept);
  assert.deepEqual(
    told.again.map(({ key }) => key),
    [names[0], ...names.slice(2)],
  );
  assert.deepEqual([told.looked, told.failed, told.left], [5, [], false]);
  assert.equal(written(swept.s3).filter((folder) => folder === 'raw').length, 4);
  assert.equal((await sweep(swept, { prefix: 'incoming/none/' })).looked, 0);
});

test('what is too young may be on its way, and what is too old is let be', async () => {
  const swept = world();
  assert.equal((await sweep(swept, {}, 59 * MINUTE)).looked, 0);
  assert.equal((await sweep(swept, {}, 8 * DAY)).looked, 0);
  assert.equal((await sweep(swept, { days: 9 }, 8 * DAY)).looked, 1);
  assert.equal((await sweep(swept, { minutes: 0 }, 0)).looked, 1);
});

test('one that fails is told, and the sweep goes on behind it', async () => {
  const bad = 'incoming/bad name/a.csv';
  const swept = world({ [bad]: 'id\n1\n', 'incoming/denied.csv': '', [KEY]: '{"id":1}\n' });
  swept.s3.failWith = (name, { Key }) =>
    Key === 'incoming/denied.csv' && name === 'GetObjectCommand' ? new Error('no') : null;
  const { again, failed } = await sweep(swept);
  assert.deepEqual([again.length, failed.map(({ key }) => key)], [1, [bad, 'incoming/denied.csv']]);
});

test('an object that is deleted while the sweep runs is let be', async () => {
  const swept = world();
  swept.s3.failWith = (name, { Key }) =>
    Key === KEY && name === 'GetObjectCommand'
      ? Object.assign(new Error('no such key'), { name: 'NoSuchKey' })
      : null;
  const { again, failed } = await sweep(swept);
  assert.deepEqual([again, failed], [[], []]);
});

test('it stops before the timeout, and the next one goes on where it stopped', async () => {
  const keys = Array.from({ length: 12 }, (_, at) => `incoming/orders/${10 + at}.ndjson`);
  for (const enough of [4, 16]) {
    const swept = world(Object.fromEntries(keys.map((key) => [key, `{"id":"${key}"}\n`])));
    const done = [];
    let asked = {};
    for (let told = { left: true }; told.left; asked = told.next?.sweep) {
      let looks = 0;
      swept.parts.remainingMs = () => ((looks += 1) > enough ? 1000 : 60_000);
      told = await sweep(swept, asked);
      assert.ok(told.again.length > 0, 'each takes some');
      done.push(...told.again.map(({ key }) => key));
    }
    assert.deepEqual(done, keys);
  }
});

test('an object that is too much for a whole sweep is told, and stands in nobody’s way', async () => {
  const swept = world({ 'incoming/a.ndjson': '{"id":1}\n', [KEY]: '{"id":2}\n' });
  let looks = 0;
  swept.parts.remainingMs = () => ((looks += 1) === 3 ? 1000 : 60_000);
  const { again, failed } = await sweep(swept);
  assert.match(failed[0].message, /out of time/);
  assert.deepEqual([failed[0].key, again[0].key], ['incoming/a.ndjson', KEY]);
});

test('a page that cannot be listed fails the sweep', async () => {
  const swept = world();
  swept.s3.failWith = () => Object.assign(new Error('no'), { name: 'AccessDenied' });
  await assert.rejects(sweep(swept), /cannot list s3:\/\/in\/incoming\/: AccessDenied/);
});

test('a malformed sweep fails', () => {
  assert.equal(readSweep(null), undefined);
  assert.equal(readSweep({ records: [] }), undefined);
  for (const [asked, reason] of [
    [null, /must be an object/],
    [true, /must be an object/],
    [[], /must be an object/],
    [{ day: 1 }, /has no "day"/],
    [{ prefix: 'raw/' }, /"prefix" must begin with incoming\//],
    [{ prefix: 7 }, /"prefix"/],
    [{ after: 7 }, /"after" must be a key/],
    [{ days: '7' }, /"days" must be a whole number/],
    [{ minutes: -1 }, /"minutes" must be a whole number/],
  ]) {
    assert.throws(() => readSweep({ sweep: asked }), reason);
  }
});
