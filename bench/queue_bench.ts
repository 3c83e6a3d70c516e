import { compare } from "./compare.ts";

await compare(
  "queue_unbounded",
  "queue_pileup",
  "queue_bounded_64",
  "queue_bounded_1",
  "queue_takeall",
);
