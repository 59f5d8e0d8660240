'use strict';

const assert = require('node:assert/strict');
const { readdirSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { test } = require('node:test');
const { gzipSync } = require('node:zlib');
const { createStore } = require('@etl/store');
const { readEvent } = require('../../data-ingestion/event');
const { ingest } = require('../../data-ingestion/ingest');
const { MemoryS3 } = require('./memory-s3');

const BUCKET = 'in';
const noFetch = () => assert.fail('this must not reach the network');

async function run(
  event,
  { s3 = new MemoryS3(), fetch = noFetch, remainingMs = () => 60_000, outputBucket } = {},
) {
  const parts = { store: createStore(s3), bucket: BUCKET, outputBucket, remainingMs, fetch };
  return { s3, result: await ingest(readEvent(event, BUCKET), parts) };
}

const withObject = (key, body) => {
  const s3 = new MemoryS3();
  s3.put(BUCKET, key, body);
  return s3;
};

const scratchFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('etl-'));

test('records in the event', async () => {
  const event = { dataset: 'orders', date: '2024-01-02', records: [{ id: 1 }, 'x', null] };
  const { s3, result } = await run(event);
  assert.equal(result.count, 3);
  assert.match(result.key, /^raw\/orders\/2024-01-02\/[0-9a-f]{32}\.ndjson$/);
  assert.equal(s3.text(BUCKET, result.key), '{"id":1}\n"x"\nnull\n');
  assert.equal(result.sha256.slice(0, 32), result.id);
});

test('the same input gives the same key and bytes, wherever it comes from', async () => {
  const s3 = withObject('a/orders.ndjson', '{"id":1}\r\n{"id":2}\r\n');
  s3.put(BUCKET, 'b/orders.json', '[{"id":1},{"id":2}]');
  const event = { dataset: 'orders', date: '2024-01-02' };
  const keys = new Set();
  for (const source of [
    { key: 'a/orders.ndjson' },
    { key: 'a/orders.ndjson' },
    { bucket: BUCKET, key: 'b/orders.json' },
    { records: [{ id: 1 }, { id: 2 }] },
    `s3://${BUCKET}/b/orders.json`,
  ]) {
    keys.add((await run({ ...event, source }, { s3 })).result.key);
  }
  assert.equal(keys.size, 1);
});

test('the date is the event’s, the object’s, or a fixed one', async () => {
  const s3 = withObject('x.csv', 'id\n1\n');
  assert.equal((await run({ key: 'x.csv' }, { s3 })).result.date, '2024-05-06');
  assert.equal((await run({ key: 'x.csv', date: '2020-02-29' }, { s3 })).result.date, '2020-02-29');
  assert.equal((await run({ records: [] })).result.date, '1970-01-01');
});

test('an empty batch gives an empty object', async () => {
  const { s3, result } = await run({ records: [] });
  assert.equal(result.count, 0);
  assert.equal(s3.text(BUCKET, result.key), '');
});

test('an empty source gives an empty object', async () => {
  const { s3, result } = await run({ key: 'x.csv' }, { s3: withObject('x.csv', '') });
  assert.deepEqual([result.count, result.format], [0, 'empty']);
  assert.equal(s3.text(BUCKET, result.key), '');
});

test('an object of many blocks arrives whole', async () => {
  const body = `{"id":1,"note":"${'x'.repeat(1000)}"}\n`.repeat(1500);
  const { s3, result } = await run({ key: 'x.ndjson' }, { s3: withObject('x.ndjson', body) });
  assert.deepEqual([result.count, result.bytes], [1500, body.length]);
  assert.ok(s3.text(BUCKET, result.key) === body);
});

test('what cannot be read takes its line and is counted', async () => {
  const s3 = withObject('x.ndjson', '{"id":1}\nbroken\n');
  const { result } = await run({ key: 'x.ndjson' }, { s3 });
  assert.equal(result.count, 2);
  assert.equal(result.rejected, 1);
  assert.equal(s3.lines(BUCKET, result.key)[1]['@reject'].reason, 'invalid-json');
});

test('packed sources are unpacked, and a broken pack fails', async () => {
  const packed = gzipSync('id,name\n1,a\n');
  const s3 = withObject('x.csv.gz', packed);
  const { result } = await run({ key: 'x.csv.gz' }, { s3 });
  assert.equal(s3.text(BUCKET, result.key), '{"id":"1","name":"a"}\n');
  s3.put(BUCKET, 'cut.gz', packed.subarray(0, packed.length - 9));
  await assert.rejects(run({ key: 'cut.gz' }, { s3 }), /unexpected end/);
});

test('an HTTPS source, whose query never shows', async () => {
  const fetch = async (url) => ({
    ok: true,
    url: String(url),
    headers: new Headers({ 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' }),
    body: [Buffer.from('{"id":1}\n')],
  });
  const event = { source: 'https://data.test/x.ndjson?signature=hunter2' };
  const { result } = await run(event, { fetch });
  assert.equal(result.source, 'https://data.test/x.ndjson');
  assert.equal(result.date, '2015-10-21');
  assert.equal(result.count, 1);

  const failing = async () => ({ ok: false, status: 403, url: '', headers: new Headers() });
  await assert.rejects(run(event, { fetch: failing }), ({ message }) => {
    assert.match(message, /HTTP 403/);
    return !message.includes('hunter2');
  });
  const lost = async () => Promise.reject(new TypeError('fetch failed: hunter2'));
  await assert.rejects(run(event, { fetch: lost }), ({ message }) => !message.includes('hunter2'));
  const lured = async () => ({ ok: true, url: 'http://data.test/', headers: new Headers() });
  await assert.rejects(run(event, { fetch: lured }), /without https/);
});

test('an HTTPS source that tells no day, without a deadline and without a body', async () => {
  const given = [];
  for (const headers of [{}, { 'last-modified': 'yesterday' }]) {
    const fetch = async (_url, { signal }) => {
      given.push(signal);
      return { ok: true, url: '', headers: new Headers(headers), body: null };
    };
    const parts = { fetch, remainingMs: () => Infinity };
    const { result } = await run({ url: 'https://data.test/x' }, parts);
    assert.deepEqual([result.date, result.count], ['1970-01-01', 0]);
  }
  assert.deepEqual(given, [undefined, undefined]);
});

test('an HTTPS source that turns out too large is given up', async () => {
  const body = [Buffer.allocUnsafe(401 * 1024 * 1024)];
  const fetch = async () => ({ ok: true, url: '', headers: new Headers(), body });
  await assert.rejects(run({ url: 'https://data.test/x' }, { fetch }), /more than 419430400 bytes/);
});

test('S3 errors fail the invocation and leave nothing behind', async () => {
  const before = scratchFolders();
  const s3 = withObject('x.ndjson', '{"id":1}\n');
  await assert.rejects(run({ key: 'none' }, { s3 }), /cannot read s3:\/\/in\/none: NoSuchKey/);

  const denied = Object.assign(new Error('no'), {
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
  let tries = 0;
  s3.failWith = (name) => {
    if (name !== 'PutObjectCommand') return undefined;
    tries += 1;
    return denied;
  };
  await assert.rejects(run({ key: 'x.ndjson' }, { s3 }), /cannot write .*AccessDenied/);
  assert.equal(tries, 1, 'what will not pass is not tried again');
  assert.deepEqual(scratchFolders(), before);
});

test('a write that fails for a moment is tried again, with the whole file', async () => {
  const s3 = withObject('x.ndjson', '{"id":1}\n');
  let failures = 1;
  s3.failWith = (name) =>
    name === 'PutObjectCommand' && failures-- > 0
      ? Object.assign(new Error('slow down'), { $metadata: { httpStatusCode: 503 } })
      : undefined;
  const { result } = await run({ key: 'x.ndjson' }, { s3 });
  assert.equal(s3.text(BUCKET, result.key), '{"id":1}\n');
});

test('a source that breaks off is not taken for the whole', async () => {
  const s3 = withObject('x.ndjson', '{"id":1}\n{"id":2}\n');
  const send = s3.send.bind(s3);
  s3.send = async (command) => {
    const answer = await send(command);
    return answer.ContentLength ? { ...answer, ContentLength: answer.ContentLength + 5 } : answer;
  };
  await assert.rejects(run({ key: 'x.ndjson' }, { s3 }), /broke off after 18 of 23 bytes/);
});

test('an object that is too large is not read', async () => {
  const s3 = withObject('x.ndjson', '{"id":1}\n');
  const send = s3.send.bind(s3);
  let body;
  s3.send = async (command) => {
    const answer = await send(command);
    body = answer.Body;
    return { ...answer, ContentLength: 500 * 1024 * 1024 };
  };
  await assert.rejects(run({ key: 'x.ndjson' }, { s3 }), /more than 419430400 bytes/);
  assert.ok(body.destroyed, 'the connection is free again');
});

test('near the timeout it stops and writes nothing', async () => {
  const s3 = withObject('x.ndjson', '{"id":1}\n');
  await assert.rejects(run({ key: 'x.ndjson' }, { s3, remainingMs: () => 1000 }), /out of time/);
  assert.deepEqual(s3.order, []);
});

test('a schema is handed on', async () => {
  const schema = { key: 'sku' };
  assert.deepEqual((await run({ records: [], schema })).result.schema, schema);
});

const publish = (s3, { dataset, date, id }) =>
  s3.put('out', `processed/${dataset}/${date}/${id}/manifest.json`, '{}');

test('a raw object is written again until its run has come to its end', async () => {
  const s3 = new MemoryS3();
  const event = { dataset: 'orders', records: [{ id: 1 }] };
  const writes = async (given = event) => {
    s3.order.length = 0;
    const { result } = await run(given, { s3, outputBucket: 'out' });
    return [s3.order.length, result];
  };
  const [first, result] = await writes();
  assert.equal(first, 1);
  assert.deepEqual(await writes(), [1, result], 'one that failed starts again');
  publish(s3, result);
  assert.deepEqual(await writes(), [0, result], 'one that is finished does not');
  const schema = { key: 'sku' };
  assert.deepEqual(await writes({ ...event, schema }), [1, { ...result, schema }]);
  assert.deepEqual(await writes({ ...event, schema }), [0, { ...result, schema }]);
  s3.objects.delete(`${BUCKET}/${result.key}`);
  assert.deepEqual(await writes(), [1, result], 'whoever asked for it finds it');
});

test('whether a run is finished must be known and not guessed', async () => {
  const s3 = new MemoryS3();
  s3.failWith = (name) =>
    name === 'HeadObjectCommand' ? Object.assign(new Error('no'), { name: 'AccessDenied' }) : null;
  await assert.rejects(
    run({ records: [] }, { s3, outputBucket: 'out' }),
    /cannot look at s3:\/\/in\/raw\/.*AccessDenied/,
  );
});

test('a schema goes with the object, in ASCII, and may not be too long for that', async () => {
  const schema = { key: 'größe' };
  const { s3, result } = await run({ records: [], schema });
  const { schema: text } = s3.metadata.get(`${BUCKET}/${result.key}`);
  assert.match(text, /^[\x21-\x7e]+$/);
  assert.deepEqual(JSON.parse(decodeURIComponent(text)), schema);
  const required = Array.from({ length: 300 }, (_, at) => `field-${at}`);
  await assert.rejects(run({ records: [], schema: { required } }), /"schema" takes \d+ characters/);
});

test('a malformed event fails the invocation', async () => {
  const malformed = [
    [null, /must be an object/],
    [{}, /one source/],
    [{ poison: true }, /one source/],
    [{ key: 'a', url: 'https://a.test/' }, /one source/],
    [{ records: 'x' }, /"records" must be a list/],
    [{ key: 5 }, /"key" must be text/],
    [{ bucket: 7, key: 'x' }, /"bucket" must be text/],
    [{ source: 7 }, /"source"/],
    [{ source: 'http://a.test/x' }, /must begin with https/],
    [{ source: 'file:///etc/passwd' }, /must begin with https/],
    [{ url: 'nonsense' }, /cannot be read/],
    [{ records: [], dataset: '../x' }, /"dataset"/],
    [{ records: [], date: '2023-02-30' }, /"date"/],
    [{ records: [], date: 20230228 }, /"date"/],
    [{ records: [], format: 'xml' }, /"format"/],
    [{ records: [], schema: 'x' }, /"schema"/],
  ];
  for (const [event, reason] of malformed) await assert.rejects(run(event), reason);
});
