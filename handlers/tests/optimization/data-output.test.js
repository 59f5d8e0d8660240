'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createStore } = require('@etl/store');
const { readEvent } = require('../../data-output/event');
const { publish } = require('../../data-output/publish');
const { MemoryS3 } = require('./memory-s3');
const { PREFIX, STEM, transformedObjects } = require('./transformed');

function transformed(texts) {
  const s3 = new MemoryS3();
  const { objects, summary } = transformedObjects(texts);
  for (const [key, text] of Object.entries(objects)) s3.put('in', key, text);
  return { s3, summary };
}

const event = { bucket: 'in', key: `${STEM}.ndjson` };

async function run(s3, given = event, remainingMs = () => 60_000) {
  const { sources } = readEvent(given, 'in');
  return publish(sources[0], { store: createStore(s3), bucket: 'out', remainingMs });
}

test('data, rejects and, last, the manifest', async () => {
  const { s3, summary } = transformed();
  const result = await run(s3);
  assert.deepEqual(s3.order, [
    `${PREFIX}/data.ndjson`,
    `${PREFIX}/rejects.ndjson`,
    `${PREFIX}/manifest.json`,
  ]);
  assert.equal(s3.text('out', `${PREFIX}/data.ndjson`), '{"id":1}\n{"id":"é"}\n');
  const manifest = JSON.parse(s3.text('out', result.manifestKey));
  assert.deepEqual(manifest.counts, summary.counts);
  assert.deepEqual(manifest.data, { key: `${PREFIX}/data.ndjson`, ...summary.records });
  assert.deepEqual(manifest.rejects, { key: `${PREFIX}/rejects.ndjson`, ...summary.rejects });
});

test('a second run writes the same bytes', async () => {
  const { s3 } = transformed();
  const first = await run(s3);
  const before = new Map(s3.objects);
  assert.deepEqual(await run(s3), first);
  assert.deepEqual(s3.objects, before);
});

test('an empty dataset has a manifest too', async () => {
  const { s3 } = transformed({ data: '', rejects: '' });
  const result = await run(s3);
  assert.equal(result.counts.read, 0);
  assert.equal(s3.text('out', `${PREFIX}/data.ndjson`), '');
});

test('a summary may tell no reasons', async () => {
  const { s3, summary } = transformed();
  delete summary.reasons;
  s3.put('in', `${STEM}.summary.json`, JSON.stringify(summary));
  assert.deepEqual((await run(s3)).reasons, {});
});

test('data that is not what the summary says is not published', async () => {
  for (const name of ['.ndjson', '.rejects.ndjson']) {
    const { s3 } = transformed();
    s3.put('in', STEM + name, '{"id":2}\n');
    await assert.rejects(run(s3), /is not what its summary says/);
    assert.deepEqual(s3.order, []);
  }
});

test('a summary that cannot be trusted fails', async () => {
  const { s3, summary } = transformed();
  const wrong = { ...summary, counts: { ...summary.counts, read: 99 } };
  for (const [content, reason] of [
    ['nonsense', /is not JSON/],
    ['null', /no counts/],
    [JSON.stringify({ ...summary, records: {} }), /no counts and checksums/],
    [JSON.stringify(wrong), /do not add up/],
    ['x'.repeat(2 * 1024 * 1024), /too long/],
  ]) {
    s3.put('in', `${STEM}.summary.json`, content);
    await assert.rejects(run(s3), reason);
  }
});

test('without its data there is no manifest', async () => {
  const { s3 } = transformed();
  s3.failWith = (name, input) =>
    name === 'PutObjectCommand' && input.Key.endsWith('rejects.ndjson')
      ? Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } })
      : undefined;
  await assert.rejects(run(s3), /cannot write .*rejects\.ndjson: AccessDenied/);
  assert.ok(!s3.objects.has(`out/${PREFIX}/manifest.json`));
});

test('a manifest that cannot be written fails the invocation', async () => {
  const { s3 } = transformed();
  s3.failWith = (_name, { Key }) =>
    Key.endsWith('manifest.json') ? Object.assign(new Error('no'), { name: 'AccessDenied' }) : null;
  await assert.rejects(run(s3), /cannot write s3:.*manifest\.json: AccessDenied: no/);
});

test('a summary that is not there yet fails, so that Lambda tries again', async () => {
  const { s3 } = transformed();
  s3.objects.delete(`in/${STEM}.summary.json`);
  await assert.rejects(run(s3), /summary\.json: NoSuchKey/);
});

test('near the timeout it publishes nothing', async () => {
  const { s3 } = transformed();
  await assert.rejects(
    run(s3, event, () => 1000),
    /out of time/,
  );
  assert.deepEqual(s3.order, []);
});

test('every form of event', () => {
  const notification = (key) => ({ s3: { bucket: { name: 'in' }, object: { key } } });
  const one = readEvent({ key: `${STEM}.ndjson` }, 'in');
  assert.equal(one.many, false);
  assert.deepEqual([one.sources[0].bucket, one.sources[0].stem], ['in', STEM]);
  const many = readEvent(
    {
      Records: [
        notification(`${STEM}.summary.json`),
        notification(encodeURIComponent(`${STEM}.ndjson`)),
      ],
    },
    'in',
  );
  assert.equal(many.many, true);
  assert.equal(many.sources.length, 1, 'two notifications, one dataset');
  const removed = { eventName: 'ObjectRemoved:Delete', ...notification(`${STEM}.ndjson`) };
  assert.deepEqual(readEvent({ Records: [removed] }, 'in').sources, []);
  const detail = { bucket: { name: 'in' }, object: { key: `${STEM}.summary.json` } };
  assert.equal(readEvent({ detail }, 'x').sources[0].stem, STEM);
  assert.equal(readEvent({ results: [event] }, 'x').many, true);
});

test('a malformed event fails the invocation', () => {
  for (const [given, reason] of [
    [null, /must be an object/],
    ['x', /must be an object/],
    [{}, /names no object/],
    [{ poison: true }, /names no object/],
    [{ bucket: 7, key: `${STEM}.ndjson` }, /"bucket"/],
    [{ key: 'raw/orders/2024-01-02/x.ndjson' }, /names no object/],
    [{ Records: [] }, /"Records" is empty/],
    [{ Records: [{}] }, /"bucket"/],
    [{ Records: [null] }, /"bucket"/],
    [{ results: [] }, /"results" is empty/],
  ]) {
    assert.throws(() => readEvent(given, 'in'), reason);
  }
});
