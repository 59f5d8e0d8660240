'use strict';

const { createHash } = require('node:crypto');
const { Readable } = require('node:stream');

const bytesOf = async (body) => {
  if (typeof body === 'string') return Buffer.from(body);
  const chunks = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const etagOf = (body) => `"${createHash('md5').update(body).digest('hex')}"`;

/** An S3 client that keeps its objects in memory and refuses a wrong checksum. */
class MemoryS3 {
  objects = new Map();
  metadata = new Map();
  order = [];
  modified = new Date('2024-05-06T07:08:09Z');
  chunkSize = 64 * 1024;
  pageSize = 1000;
  /** @type {(name: string, input: object) => Error | undefined} */
  failWith = () => undefined;

  put(bucket, key, body) {
    this.objects.set(`${bucket}/${key}`, Buffer.from(body));
  }

  text(bucket, key) {
    return this.objects.get(`${bucket}/${key}`).toString('utf8');
  }

  lines(bucket, key) {
    return this.text(bucket, key)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  async send({ constructor: { name }, input }) {
    const failure = this.failWith(name, input);
    if (failure) throw failure;
    if (name === 'ListObjectsV2Command') return this.#page(input);
    // A version is an object of its own here, behind an @ in its key.
    const path = [`${input.Bucket}/${input.Key}`, input.VersionId].filter(Boolean).join('@');
    if (name === 'PutObjectCommand') {
      const body = await bytesOf(input.Body);
      const sha256 = createHash('sha256').update(body).digest('base64');
      if (input.ChecksumSHA256 && input.ChecksumSHA256 !== sha256) throw new Error('BadDigest');
      if (input.ContentLength !== undefined && input.ContentLength !== body.length) {
        throw new Error('IncompleteBody');
      }
      this.objects.set(path, body);
      this.metadata.set(path, input.Metadata);
      this.order.push(input.Key);
      return {};
    }
    const body = this.objects.get(path);
    if (!body) {
      const code = name === 'HeadObjectCommand' ? 'NotFound' : 'NoSuchKey';
      throw Object.assign(new Error('no such key'), { name: code });
    }
    if (name === 'HeadObjectCommand') return { Metadata: this.metadata.get(path) };
    return {
      Body: Readable.from(this.#chunks(body)),
      LastModified: this.modified,
      ContentLength: body.length,
      ETag: etagOf(body),
    };
  }

  #page({ Bucket, Prefix, StartAfter = '' }) {
    const keys = [...this.objects.keys()]
      .filter((path) => path.startsWith(`${Bucket}/${Prefix}`))
      .map((path) => path.slice(Bucket.length + 1))
      .filter((key) => key > StartAfter)
      .sort();
    if (keys.length === 0) return {};
    const Contents = keys.slice(0, this.pageSize).map((Key) => ({
      Key,
      LastModified: this.modified,
      ETag: etagOf(this.objects.get(`${Bucket}/${Key}`)),
    }));
    return { Contents, IsTruncated: keys.length > this.pageSize };
  }

  *#chunks(body) {
    for (let at = 0; at < body.length; at += this.chunkSize) {
      yield body.subarray(at, at + this.chunkSize);
    }
  }
}

module.exports = { MemoryS3 };
