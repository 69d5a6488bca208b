import { start } from "./start";

start(__filename, "matrixProgram");
