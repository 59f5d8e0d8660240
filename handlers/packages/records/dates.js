'use strict';

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i;
const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const DOTTED = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;
const YEAR_LAST = /^(\d{1,2})([-/])(\d{1,2})\2(\d{4})$/;
const DAY_MONTH_NAME = /^(\d{1,2})[ -]([a-z]{3,9})\.?[ -](\d{4})$/i;
const MONTH_NAME_DAY = /^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})$/i;
const EPOCH = /^(\d{10}|\d{13})$/;

/** @param {string} message */
const refuse = (message) => {
  throw new RangeError(message);
};

/** @returns {number} milliseconds since 1970 of that day's start, in UTC */
function dayOf(year, month, day) {
  const time = Date.UTC(year, month - 1, day);
  const back = new Date(time);
  const real = back.getUTCMonth() === month - 1 && back.getUTCDate() === day;
  if (!real || year < 1000) refuse('no such day');
  return time;
}

function dateText(time) {
  const year = new Date(time).getUTCFullYear();
  if (!(year >= 1000 && year <= 9999)) refuse('year out of range');
  return new Date(time).toISOString().slice(0, 10);
}

function instantText(time, fraction = '') {
  const digits = fraction.replace(/0+$/, '');
  const clock = new Date(time).toISOString().slice(11, 19);
  return `${dateText(time)}T${clock}${digits && `.${digits}`}Z`;
}

function fromEpoch(value) {
  const milliseconds = Math.abs(value) >= 1e11 ? value : value * 1000;
  if (!Number.isSafeInteger(value) || Math.abs(value) < 1e8 || Math.abs(milliseconds) > 8.64e15) {
    refuse('not a time in seconds or milliseconds since 1970');
  }
  const whole = Math.floor(milliseconds / 1000) * 1000;
  return instantText(whole, String(milliseconds - whole).padStart(3, '0'));
}

function fromClock([, year, month, day, hour, minute, second = '0', fraction, zone = 'Z']) {
  if (+hour > 23 || +minute > 59 || +second > 59) refuse('no such time of day');
  const time = dayOf(+year, +month, +day) + ((+hour * 60 + +minute) * 60 + +second) * 1000;
  const [, sign, zoneHour, zoneMinute = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (!sign) return instantText(time, fraction);
  if (+zoneHour > 14 || +zoneMinute > 59) refuse('no such time zone');
  const offset = (+zoneHour * 60 + +zoneMinute) * 60_000;
  return instantText(sign === '+' ? time - offset : time + offset, fraction);
}

function fromYearLast(first, second, year, order) {
  if (first > 12) return dayOf(year, second, first);
  if (second > 12 || first === second) return dayOf(year, first, second);
  if (order === 'dmy') return dayOf(year, second, first);
  if (order === 'mdy') return dayOf(year, first, second);
  return refuse('day and month cannot be told apart; give schema.dateOrder');
}

function monthOf(name) {
  const index = MONTHS.indexOf(name.slice(0, 3).toLowerCase());
  return index < 0 ? refuse('no such month') : index + 1;
}

/**
 * ISO 8601, in UTC. A date stays a date; a time without a zone is taken as UTC.
 *
 * @param {string | number} value
 * @param {'mdy' | 'dmy'} [order] how to read 02/03/2024
 * @returns {string}
 * @throws {RangeError} with the reason, where the value is no date
 */
function toIsoDate(value, order) {
  if (typeof value === 'number') return fromEpoch(value);
  const text = value.trim();
  let found;
  if ((found = ISO.exec(text))) return fromClock(found);
  if (EPOCH.test(text)) return fromEpoch(Number(text));
  if ((found = YEAR_FIRST.exec(text))) return dateText(dayOf(+found[1], +found[3], +found[4]));
  if ((found = COMPACT.exec(text))) return dateText(dayOf(+found[1], +found[2], +found[3]));
  if ((found = DOTTED.exec(text))) return dateText(dayOf(+found[3], +found[2], +found[1]));
  if ((found = YEAR_LAST.exec(text))) {
    return dateText(fromYearLast(+found[1], +found[3], +found[4], order));
  }
  if ((found = DAY_MONTH_NAME.exec(text))) {
    return dateText(dayOf(+found[3], monthOf(found[2]), +found[1]));
  }
  if ((found = MONTH_NAME_DAY.exec(text))) {
    return dateText(dayOf(+found[3], monthOf(found[1]), +found[2]));
  }
  return refuse('not a date in a known form');
}

module.exports = { toIsoDate };
