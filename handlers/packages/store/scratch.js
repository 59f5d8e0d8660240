'use strict';

const { createHash } = require('node:crypto');
const { mkdtemp, open, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const FLUSH_BYTES = 512 * 1024;

/**
 * A folder of its own for one piece of work. An execution environment serves
 * many invocations: what one leaves in /tmp is missing to the next.
 *
 * @template T
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withScratch(work) {
  const folder = await mkdtemp(join(tmpdir(), 'etl-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file that knows its size and checksum by the time it is complete. */
class HashedFile {
  #handle;
  #hash = createHash('sha256');
  #waiting = [];
  #waitingBytes = 0;
  bytes = 0;
  lines = 0;

  /** @param {string} path */
  constructor(path) {
    this.path = path;
  }

  /** @param {string} line without its line end */
  async writeLine(line) {
    this.lines += 1;
    await this.write(Buffer.from(`${line}\n`));
  }

  /** @param {Buffer} chunk */
  async write(chunk) {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= FLUSH_BYTES) await this.#flush();
  }

  async #flush() {
    if (this.#waitingBytes === 0) return;
    this.#handle ??= await open(this.path, 'w');
    const block = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#hash.update(block);
    this.bytes += block.length;
    // writeFile and not write: a write may stop half-way when the disk is full.
    await this.#handle.writeFile(block);
  }

  /** @returns {Promise<{ path: string, bytes: number, lines: number, sha256: string }>} */
  async finish() {
    await this.#flush();
    await this.close();
    const { path, bytes, lines } = this;
    return { path, bytes, lines, sha256: this.#hash.digest('hex') };
  }

  async close() {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

module.exports = { HashedFile, withScratch };
