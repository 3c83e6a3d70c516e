# Subprocesses: input, output, return codes.
import asyncio

def say(*xs):
    def f(x):
        if x is True: return "yes"
        if x is False: return "no"
        if x is None: return "none"
        if isinstance(x, (list, tuple)): return "[" + " ".join(map(f, x)) + "]"
        if isinstance(x, (bytes, bytearray)): return x.decode().replace("\n", "\\n")
        return str(x)
    print(*map(f, xs), flush=True)

from asyncio.subprocess import PIPE, DEVNULL

async def main():
    exec_, shell = asyncio.create_subprocess_exec, asyncio.create_subprocess_shell
    p = await exec_("cat", stdin=PIPE, stdout=PIPE)
    say(p.returncode, p.stderr)
    say(await p.communicate(b"through a cat"), p.returncode)

    p = await shell("echo out; echo err >&2; exit 3", stdout=PIPE, stderr=PIPE)
    say(await p.communicate(), await p.wait(), await p.wait())

    p = await shell("exit 7")
    say(p.stdin, p.stdout, await p.wait(), p.returncode)

    p = await exec_("sleep", "100", stdout=DEVNULL)
    p.terminate()
    say(await p.wait())
    p = await exec_("sleep", "100")
    p.kill()
    say(await p.wait(), p.returncode)

    p = await exec_("cat", stdin=PIPE, stdout=PIPE)
    for line in b"one\n", b"two\n":
        p.stdin.write(line)
        await p.stdin.drain()
        say(await p.stdout.readline())
    p.stdin.close()
    say(await p.stdout.read(), await p.wait())

    p = await exec_("true", stdin=PIPE, stdout=PIPE)
    out, err = await p.communicate(b"x" * (1 << 20))
    say(out, err, p.returncode)

    p = await exec_("cat", stdin=PIPE, stdout=PIPE)
    out, _ = await p.communicate(b"y" * (4 << 20))
    say(len(out))

    try:
        await exec_("/no/such/program")
    except FileNotFoundError:
        say("ENOENT")

asyncio.run(main())
