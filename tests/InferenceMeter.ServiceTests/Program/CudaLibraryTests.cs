using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>The package's own provider libraries, over a driver that stands on the host.</summary>
public sealed class CudaLibraryTests
{
    [StubDriverTheory]
    [InlineData("cuda")]
    [InlineData("tensorrt")]
    public async Task What_the_program_looks_for_is_what_the_package_s_library_is_linked_with(string provider)
    {
        var library = StubDriverNeeds.Library($"libonnxruntime_providers_{provider}.so")!;

        var (_, output) = await Tool.RunAsync("readelf", ["-d", library]);

        var linked = output
            .Split('\n')
            .Where(line => line.Contains("(NEEDED)", StringComparison.Ordinal))
            .Select(line => line.Split('[', ']')[1]);
        // The driver comes first, and by itself; what begins otherwise is the system's.
        var ofNvidia = linked.Where(name =>
            name is not "libcuda.so.1"
            && (
                name.StartsWith("libcu", StringComparison.Ordinal) || name.StartsWith("libnv", StringComparison.Ordinal)
            )
        );
        Assert.Equal(
            CudaLibraries.LinkedBy(ExecutionProviders.Parse(provider)!.Value).Order(StringComparer.Ordinal),
            ofNvidia.Order(StringComparer.Ordinal)
        );
    }

    [StubDriverTheory]
    [InlineData("cuda")]
    [InlineData("tensorrt")]
    public async Task With_a_driver_and_nothing_else_every_missing_library_is_named(string provider)
    {
        using var stub = await StubDriver.BuildAsync();

        var (code, output) = await stub.RunAsync(provider);

        Assert.Equal(2, code);
        Assert.Matches($"^error: the provider {provider} does not work here: [^\n]* \\(--provider\\)\n$", output);
        Assert.All(
            [.. CudaLibraries.LinkedBy(ExecutionProviders.Parse(provider)!.Value), "libcudnn.so.9"],
            name => Assert.Contains(name, output, StringComparison.Ordinal)
        );
    }

    [StubDriverFact]
    public async Task Each_library_that_alone_is_missing_is_the_one_that_is_named()
    {
        using var stub = await StubDriver.BuildAsync();
        var needs = CudaLibraries.Needs(new CudaTuning { Provider = ExecutionProvider.Cuda, Precision = "fp16" });
        foreach (var name in needs)
            stub.Add(name);

        foreach (var name in needs)
        {
            stub.Remove(name);
            var (code, output) = await stub.RunAsync("cuda");
            stub.Add(name);

            Assert.Equal(2, code);
            Assert.Contains($"the library {name} is missing: install ", output, StringComparison.Ordinal);
            Assert.Single(needs, other => output.Contains(other, StringComparison.Ordinal));
        }
    }

    [StubDriverTheory]
    [InlineData("cuda")]
    [InlineData("tensorrt")]
    public async Task Libraries_that_are_there_and_not_the_right_ones_are_told_by_the_loader_of_the_package_s_library(
        string provider
    )
    {
        using var stub = await StubDriver.BuildAsync();
        foreach (
            var name in CudaLibraries.Needs(
                new CudaTuning { Provider = ExecutionProviders.Parse(provider)!.Value, Precision = "fp16" }
            )
        )
            stub.Add(name);

        var (code, output) = await stub.RunAsync(provider);

        Assert.Equal(2, code);
        Assert.Contains(
            "a CUDA library is of another version than ONNX Runtime needs",
            output,
            StringComparison.Ordinal
        );
        Assert.Matches("^error: [^\n]*\n$", output);
    }

    [StubDriverFact]
    public async Task Auto_runs_on_the_CPU_and_names_what_the_GPU_lacks()
    {
        using var stub = await StubDriver.BuildAsync();

        var (_, output) = await stub.RunAsync("auto");

        Assert.Contains("warning: not used: cuda: the libraries libcublasLt.so.13, ", output, StringComparison.Ordinal);
        Assert.Contains("CPUExecutionProvider", output, StringComparison.Ordinal);
    }
}
