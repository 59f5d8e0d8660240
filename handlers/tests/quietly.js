'use strict';

/**
 * Runs work and takes what it logs off stdout, which belongs to the test runner.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {string[]} [lines] gets the lines
 * @returns {Promise<T>}
 */
async function quietly(work, lines = []) {
  const write = process.stdout.write;
  process.stdout.write = (text, ...rest) => {
    const isLog = typeof text === 'string' && text.startsWith('{"timestamp"');
    if (!isLog) return write.call(process.stdout, text, ...rest);
    lines.push(text);
    return true;
  };
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}

module.exports = { quietly };
