'use strict';

const { createStore } = require('./objects');
const { HashedFile, withScratch } = require('./scratch');

module.exports = { createStore, HashedFile, withScratch };
