import { compareContenders } from "./compare_contenders.ts";

await compareContenders(
  "queue_unbounded",
  "queue_pileup",
  "queue_bounded_64",
  "queue_bounded_1",
  "queue_takeall",
);
