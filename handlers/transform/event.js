'use strict';

const describe = (value) => (value === null ? 'null' : typeof value);

/**
 * @param {unknown} event `{data: record | record[]}`, `{records: record[]}` or a list of records
 * @returns {unknown[]}
 */
function recordsOf(event) {
  if (Array.isArray(event)) return event;
  if (typeof event !== 'object' || event === null) {
    throw new TypeError(`the event must be an object or a list of records, not ${describe(event)}`);
  }
  const { data, records } = event;
  if (data !== undefined && records !== undefined) {
    throw new TypeError('the event has both "data" and "records"; give one of them');
  }
  const content = data ?? records;
  if (Array.isArray(content)) return content;
  if (data !== undefined && typeof data === 'object' && data !== null) return [data];
  if (content === undefined) throw new TypeError('the event has neither "data" nor "records"');
  const name = data === undefined ? 'records' : 'data';
  throw new TypeError(`"${name}" must hold records, not ${describe(content)}`);
}

module.exports = { recordsOf };
