"use strict";
/* global require */
/* eslint @typescript-eslint/no-require-imports: "off" */

// Pulumi runs every policy pack under ts-node, which checks the types for seconds at each start. `npm test` does that.
require("../program/typescript.cjs");
require("./pack.ts");
