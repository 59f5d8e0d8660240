'use strict';

const { createStore, isAbsent } = require('./objects');
const { HashedFile, withScratch } = require('./scratch');

module.exports = { createStore, isAbsent, HashedFile, withScratch };
