"use strict";

// Only now, so that tsx has no part in the loading of Pulumi's SDK: its hooks would more than double the time of that.
require("tsx/cjs");
module.exports = require("./index.ts");
