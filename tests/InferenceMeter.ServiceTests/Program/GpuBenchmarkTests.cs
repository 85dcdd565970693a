using System.Text.Json;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>The scripts that measure on a GPU, with stand-ins for what only runs there.</summary>
public sealed class GpuBenchmarkTests : IDisposable
{
    private static readonly string Scripts = Path.Combine(
        Tests.Repository.Root,
        "tests",
        "InferenceMeter.Benchmarks",
        "gpu"
    );

    private readonly string _folder = Directory.CreateTempSubdirectory("inferencemeter-peers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ToolFact("python3")]
    public async Task Peers_are_a_process_per_batch_size_eager_first_and_compiled_at_the_best_size_alone()
    {
        await PeersAsync(
            """
            rate = {8: 100, 32: 300, 128: 200}[batch]
            result(False, rate)
            result(True, rate)
            """
        );

        var peers = Results().GetProperty("peers").EnumerateArray().Select(Describe).ToArray();
        string[] expected =
        [
            "eager 8",
            "eager 8",
            "eager 32",
            "eager 32",
            "eager 128",
            "eager 128",
            "compile 32",
            "compile 32",
        ];
        Assert.Equal(expected, peers);
        Assert.True(Results().GetProperty("complete").GetBoolean());
        Assert.Equal(4, File.ReadAllLines(Path.Combine(_folder, "processes")).Distinct(StringComparer.Ordinal).Count());
    }

    [ToolFact("python3")]
    public async Task What_was_measured_before_a_batch_size_that_breaks_stays_and_a_second_call_goes_on_from_there()
    {
        await PeersAsync(
            """
            # What was measured before must be in the file by now.
            shutil.copy("peers.json", f"before-{peer}-{batch}.json") if os.path.exists("peers.json") else None
            result(False, batch)
            if batch == 32 and not os.path.exists("mended"):
                os.kill(os.getpid(), 9)
            result(True, batch)
            """
        );

        Assert.Equal(2, Results("before-eager-32.json").GetProperty("peers").GetArrayLength());
        Assert.Equal(
            ["eager 8", "eager 8", "eager 32"],
            Results().GetProperty("peers").EnumerateArray().Select(Describe).Take(3)
        );

        File.WriteAllText(Path.Combine(_folder, "mended"), "");
        File.Delete(Path.Combine(_folder, "processes"));
        await RunPeersAsync();

        // Eager at 32 alone is repeated.
        Assert.Single(File.ReadAllLines(Path.Combine(_folder, "processes")));
        Assert.Equal(2, Results().GetProperty("peers").EnumerateArray().Count(peer => Describe(peer) == "eager 32"));
    }

    [ToolFact("python3")]
    public async Task The_code_of_one_architecture_is_kept_and_a_library_without_it_is_refused()
    {
        var library = Path.Combine(_folder, "library.so");
        byte[] before =
        [
            .. new byte[64],
            .. FatBinary((2, 80, 1), (2, 90, 2), (1, 90, 3)),
            .. new byte[24],
            .. FatBinary((2, 80, 4), (1, 80, 5)),
        ];
        File.WriteAllBytes(library, before);

        var (code, output) = await Tool.RunAsync("python3", [Path.Combine(Scripts, "keep_arch.py"), library, "90"]);

        Assert.True(code == 0, output);
        var after = File.ReadAllBytes(library);
        Assert.Equal(before.Length, after.Length);
        // Of the second module only PTX can run on 9.0; 8.0 has nothing to say there.
        Assert.Equal([2, 5], after.Where(value => value is >= 1 and <= 5 && Count(after, value) >= 32).Distinct());

        File.WriteAllBytes(library, before);
        var (refused, why) = await Tool.RunAsync("python3", [Path.Combine(Scripts, "keep_arch.py"), library, "120"]);
        Assert.Equal(
            (1, true),
            (refused, why.Contains("no code for architecture 120; it has 80, 90", StringComparison.Ordinal))
        );
        Assert.Equal(before, File.ReadAllBytes(library));
    }

    private static int Count(byte[] bytes, byte wanted) => bytes.Count(value => value == wanted);

    /// <summary>A container with images of a kind, an architecture and a byte that fills them.</summary>
    private static byte[] FatBinary(params (short Kind, int Architecture, byte Filling)[] images)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(0xBA55ED50u);
        writer.Write((short)1);
        writer.Write((short)16);
        writer.Write((long)images.Length * (64 + 32));
        foreach (var (kind, architecture, filling) in images)
        {
            writer.Write(kind);
            writer.Write((short)0);
            writer.Write(64);
            writer.Write(32L);
            writer.Write(new byte[12]);
            writer.Write(architecture);
            writer.Write(new byte[32]);
            writer.Write(Enumerable.Repeat(filling, 32).ToArray());
        }

        return bytes.ToArray();
    }

    private static string Describe(JsonElement peer) =>
        peer.GetProperty("peer").GetString()!.Replace("PyTorch ", "", StringComparison.Ordinal)
        + $" {peer.GetProperty("batch").GetInt32()}";

    private JsonElement Results(string file = "peers.json") =>
        JsonElement.Parse(File.ReadAllText(Path.Combine(_folder, file)));

    /// <summary>Runs peer.py with a stand-in for the part that needs PyTorch.</summary>
    private Task PeersAsync(string measuring)
    {
        File.Copy(Path.Combine(Scripts, "peer.py"), Path.Combine(_folder, "peer.py"));
        File.WriteAllText(
            Path.Combine(_folder, "peer_run.py"),
            $$"""
            import json, os, shutil, sys
            peer, batch = sys.argv[2], int(sys.argv[4])
            print(os.getpid(), file=open("processes", "a"))
            def result(copies, rate):
                result = {"peer": f"PyTorch {peer}", "batch": batch, "copies": copies, "imagesPerSecond": rate}
                print(json.dumps(result), flush=True)
            {{measuring}}
            """
        );
        return RunPeersAsync();
    }

    private async Task RunPeersAsync()
    {
        var (code, output) = await Tool.RunAsync(
            "python3",
            ["peer.py", "--batches", "8", "32", "128", "--json", "peers.json"],
            folder: _folder
        );
        Assert.True(code == 0, output);
    }
}
