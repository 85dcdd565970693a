namespace InferenceMeter.ServiceTests.Program;

/// <summary>The choice of a provider as a user meets it on a machine without a GPU.</summary>
public sealed class ProviderTests
{
    private const string NoGpu = "a machine without an NVIDIA driver";

    [NoGpuTheory(NoGpu)]
    [InlineData("cuda")]
    [InlineData("tensorrt")]
    public async Task A_provider_that_is_asked_for_and_does_not_work_is_one_line_and_no_other_is_taken(string provider)
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["bench", "--provider", provider, "--seconds", "1", "--synthetic-photos", "2"]
        );

        Assert.Equal(2, code);
        Assert.Equal(
            $"error: the provider {provider} does not work here: "
                + "no NVIDIA driver is installed (libcuda.so.1 was not found) (--provider)\n",
            output
        );
    }

    [NoGpuTheory(NoGpu)]
    [InlineData("2>/dev/null", 0)]
    [InlineData(">/dev/null", 1)]
    public async Task Auto_says_why_it_took_the_CPU_in_one_line_on_standard_error_and_never_on_standard_output(
        string redirection,
        int lines
    )
    {
        var command =
            $"'{RunningMeter.Executable}' bench --scope model --batch 1 --seconds 1 --synthetic-photos 2 {redirection}";

        var (_, output) = await Tool.RunAsync("sh", ["-c", command]);

        const string Line = "running on the CPU: no NVIDIA driver is installed (libcuda.so.1 was not found)";
        Assert.Equal(lines, output.Split('\n').Count(line => line == Line));
    }

    [NoGpuFact(NoGpu)]
    public async Task A_GPU_that_is_asked_for_by_number_is_never_replaced_by_the_CPU()
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["bench", "--device", "0", "--seconds", "1", "--synthetic-photos", "2"]
        );

        Assert.Equal(2, code);
        Assert.Contains("error: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("images/s", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_before_the_command_is_an_error_and_not_left_out()
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--provider", "cuda", "bench", "--seconds", "1"]
        );

        Assert.Equal(
            (2, "error: --provider stands before the command; write: inferencemeter bench --provider ...\n"),
            (code, output)
        );
    }

    [Fact]
    public async Task Where_nothing_can_be_written_it_runs_and_says_what_that_costs()
    {
        // Not even root can make a folder in /proc.
        var nowhere = new Dictionary<string, string>
        {
            ["HOME"] = "/proc",
            ["XDG_CACHE_HOME"] = "/proc",
            ["TMPDIR"] = "/proc",
        };

        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["bench", "--scope", "model", "--batch", "1", "--seconds", "1", "--synthetic-photos", "2"],
            environment: nowhere
        );

        Assert.Equal(1, code);
        Assert.Contains("warning: model cache /proc/inferencemeter cannot be used", output, StringComparison.Ordinal);
        Assert.Contains("too short", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Inference:Devices (--device) is 'first'", "--device", "first")]
    [InlineData("Inference:Devices (--device) is '0,0'", "--device", "0,0")]
    [InlineData("names GPUs", "--device", "0", "--provider", "cpu")]
    [InlineData("is 'rocm', accepted: auto or cpu or cuda or tensorrt", "--provider", "rocm")]
    [InlineData("is 'bf16', accepted: fp32 or tf32 or fp16", "--precision", "bf16")]
    [InlineData("a CPU computes in fp32", "--precision", "tf32", "--provider", "cpu")]
    [InlineData("accepted: key=value pairs", "--provider-options", "prefer_nhwc")]
    [InlineData("use_tf32 is no option of the provider cuda", "--provider-options", "use_tf32=1", "--provider", "cuda")]
    [InlineData(
        "trt_fp16_enable is no option of the provider cuda",
        "--provider-options",
        "trt_fp16_enable=1",
        "--provider",
        "cuda"
    )]
    [InlineData("null runs no model", "--session", "null", "--provider", "cuda")]
    public async Task Settings_that_cannot_be_are_refused_with_what_would_be_accepted(
        string expected,
        params string[] arguments
    )
    {
        var (code, output) = await Tool.RunAsync(RunningMeter.Executable, ["bench", .. arguments]);

        Assert.Equal(2, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }
}

/// <summary>Skipped where a GPU is there: it would be used.</summary>
internal sealed class NoGpuFactAttribute : FactAttribute
{
    public NoGpuFactAttribute(string needs) => Skip = File.Exists("/dev/nvidiactl") ? $"needs {needs}" : null;
}

/// <inheritdoc cref="NoGpuFactAttribute"/>
internal sealed class NoGpuTheoryAttribute : TheoryAttribute
{
    public NoGpuTheoryAttribute(string needs) => Skip = File.Exists("/dev/nvidiactl") ? $"needs {needs}" : null;
}
