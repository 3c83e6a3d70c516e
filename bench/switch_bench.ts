import { compare } from "./compare.ts";

await compare("yield_2", "yield_100", "ping_pong");
