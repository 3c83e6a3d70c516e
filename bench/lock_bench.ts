import { compareContenders } from "./compare_contenders.ts";

await compareContenders("mutex_free", "mutex_contended");
