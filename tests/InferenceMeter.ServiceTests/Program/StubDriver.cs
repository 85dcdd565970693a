namespace InferenceMeter.ServiceTests.Program;

/// <summary>A folder with a CUDA driver that stands on the host, and with libraries of CUDA that are empty.</summary>
internal sealed class StubDriver : IDisposable
{
    private static readonly string Source = Path.Combine(
        Tests.Repository.Root,
        "tests",
        "InferenceMeter.ServiceTests",
        "Program",
        "stub_cuda.c"
    );

    private StubDriver(string folder) => Folder = folder;

    /// <summary>For <c>LD_LIBRARY_PATH</c>.</summary>
    public string Folder { get; }

    public static async Task<StubDriver> BuildAsync()
    {
        var stub = new StubDriver(Directory.CreateTempSubdirectory("inferencemeter-stub-").FullName);
        await stub.CompileAsync("libcuda.so.1", Source);
        await stub.CompileAsync("libempty.so", "-xc", "/dev/null");
        return stub;
    }

    /// <summary>Adds an empty library under a name.</summary>
    public void Add(string name) => File.Copy(Path.Combine(Folder, "libempty.so"), Path.Combine(Folder, name));

    public void Remove(string name) => File.Delete(Path.Combine(Folder, name));

    /// <summary>Runs the program over it.</summary>
    public Task<(int Code, string Output)> RunAsync(string provider)
    {
        // Python environments that hold CUDA must not come in: the folder is all there is.
        var environment = new Dictionary<string, string>
        {
            ["LD_LIBRARY_PATH"] = Folder,
            ["VIRTUAL_ENV"] = "",
            ["CONDA_PREFIX"] = "",
            ["PATH"] = Folder,
        };
        return Tool.RunAsync(
            RunningMeter.Executable,
            [
                "bench",
                "--provider",
                provider,
                "--precision",
                "fp16",
                "--scope",
                "model",
                "--seconds",
                "1",
                "--synthetic-photos",
                "2",
            ],
            environment: environment
        );
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private async Task CompileAsync(string name, params string[] source)
    {
        var (code, output) = await Tool.RunAsync(
            "cc",
            ["-shared", "-fPIC", $"-Wl,-soname,{name}", "-o", Path.Combine(Folder, name), .. source]
        );
        Assert.True(code == 0, output);
    }
}

/// <summary>Skipped where ONNX Runtime's GPU libraries or a C compiler are not there, and where a GPU is.</summary>
internal sealed class StubDriverFactAttribute : FactAttribute
{
    public StubDriverFactAttribute() => Skip = StubDriverNeeds.Missing;
}

/// <inheritdoc cref="StubDriverFactAttribute"/>
internal sealed class StubDriverTheoryAttribute : TheoryAttribute
{
    public StubDriverTheoryAttribute() => Skip = StubDriverNeeds.Missing;
}

internal static class StubDriverNeeds
{
    public static string? Missing { get; } = Find();

    /// <summary>Path of one of ONNX Runtime's own libraries, as the program was built with it.</summary>
    public static string? Library(string file)
    {
        var runtimes = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", file);
        string[] places = [Path.Combine(AppContext.BaseDirectory, file), runtimes];
        return places.FirstOrDefault(File.Exists);
    }

    private static string? Find()
    {
        if (File.Exists("/dev/nvidiactl"))
            return "needs a machine without an NVIDIA driver";
        if (Library("libonnxruntime_providers_cuda.so") is null)
            return "needs ONNX Runtime's GPU package (-p:Accelerator=cuda)";
        return OnPath("cc") && OnPath("readelf") ? null : "needs a C compiler (cc) and readelf";
    }

    private static bool OnPath(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, tool)));
}
