using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;
using InferenceMeter.Tests.Inference.Cuda;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Inference;

public sealed class ProviderSelectionTests : IDisposable
{
    private readonly OnnxModel _model = OnnxModelLoader.FromProto(new TinyModel().Build(), "", "tiny");
    private readonly List<string> _said = [];
    private readonly List<string> _noted = [];
    private readonly List<IDeviceSessionFactory> _opened = [];
    private FakeCuda? _cuda = new();
    private Exception? _failure;
    private bool _broken;
    private string _precision = "";

    public ProviderSelectionTests() => Environment.SetEnvironmentVariable("NVIDIA_TF32_OVERRIDE", null);

    public void Dispose()
    {
        _opened.ForEach(factory => factory.Dispose());
        Environment.SetEnvironmentVariable("NVIDIA_TF32_OVERRIDE", null);
    }

    [Fact]
    public void Auto_takes_the_best_that_runs_a_batch_and_says_why_not_a_better_one()
    {
        var taken = Open(null);

        Assert.Equal(["cuda:0"], taken.Select(factory => factory.Device));
        Assert.Contains(
            _said,
            line =>
                line.StartsWith(
                    "not used: tensorrt: cuda:0: the library libnvinfer.so.10 is missing",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void Auto_falls_back_to_the_CPU_when_the_GPU_does_not_work_and_says_why()
    {
        _failure = new InvalidOperationException(
            "libcudnn.so.9: cannot open shared object file: No such file or directory"
        );

        Assert.Equal(["cpu"], Open(null).Select(factory => factory.Device));
        Assert.Contains(
            _said,
            line =>
                line.StartsWith("not used: cuda: ", StringComparison.Ordinal)
                && line.Contains("libcudnn.so.9 is missing: install cuDNN 9", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Auto_on_a_machine_without_a_driver_says_in_one_calm_line_why_it_took_the_CPU()
    {
        _cuda = null;

        Assert.Equal(["cpu"], Open(null).Select(factory => factory.Device));
        Assert.Empty(_said);
        Assert.Equal("running on the CPU: no NVIDIA driver is installed", Assert.Single(_noted));
    }

    [Fact]
    public void The_CPU_that_was_asked_for_needs_no_reason()
    {
        _cuda = null;

        Open(ExecutionProvider.Cpu);

        Assert.Empty(_said.Concat(_noted));
    }

    [Fact]
    public void Auto_says_when_a_driver_is_there_and_does_not_work()
    {
        (_cuda, _broken) = (null, true);

        Assert.Equal(["cpu"], Open(null).Select(factory => factory.Device));
        Assert.Equal(
            "not used: tensorrt and cuda: the NVIDIA kernel module and the driver's libraries are of "
                + "different versions",
            Assert.Single(_said)
        );
    }

    [Fact]
    public void What_is_asked_for_by_name_is_taken_or_an_error()
    {
        _failure = new InvalidOperationException(
            "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version"
        );

        var refused = Assert.Throws<InferenceException>(() => Open(ExecutionProvider.Cuda));
        Assert.StartsWith("the provider cuda does not work here: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("update the driver", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["cpu"], Open(ExecutionProvider.Cpu).Select(factory => factory.Device));
    }

    [Fact]
    public void All_devices_are_used_or_those_asked_for()
    {
        _cuda = new FakeCuda(3);

        Assert.Equal(["cuda:0", "cuda:1", "cuda:2"], Open(ExecutionProvider.Cuda).Select(factory => factory.Device));
        Assert.Equal(["cuda:2", "cuda:0"], Open(ExecutionProvider.Cuda, 2, 0).Select(factory => factory.Device));
        Assert.Contains(_said, line => line.Contains("2 of 3 GPUs", StringComparison.Ordinal));
        Assert.Contains(
            "there is no device 3: they are 0 to 2",
            Assert.Throws<InferenceException>(() => Open(ExecutionProvider.Cuda, 3)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_broken_device_is_left_out_by_auto_and_an_error_for_who_asked_for_it()
    {
        _cuda = new FakeCuda(2);
        _cuda.Broken[1] = 46;

        Assert.Equal(["cuda:0"], Open(null).Select(factory => factory.Device));
        Assert.Contains(
            _said,
            line =>
                line.StartsWith("cuda:1 is not used: ", StringComparison.Ordinal)
                && line.Contains("another process holds it", StringComparison.Ordinal)
        );
        Assert.Throws<InferenceException>(() => Open(ExecutionProvider.Cuda));
        // The one that worked is let go with the one that did not.
        Assert.Equal(1, _cuda.OpenContexts[0]);
    }

    [Fact]
    public void A_device_asked_for_is_never_silently_the_CPU()
    {
        _cuda = null;

        var refused = Assert.Throws<InferenceException>(() => Open(null, 0));

        Assert.StartsWith(
            "no provider works here: tensorrt and cuda: no NVIDIA driver is installed; "
                + "cpu: device numbers are those of GPUs",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("tf32", 9, "tf32")]
    [InlineData("fp32", 9, "fp32")]
    [InlineData("", 9, "fp32")]
    public void The_precision_is_the_one_that_is_computed_in(string precision, int capability, string executed)
    {
        _precision = precision;
        _cuda!.ComputeCapability = new Version(capability, 0);

        Assert.Equal(executed, Open(ExecutionProvider.Cuda)[0].Model.Precision);
    }

    [Fact]
    public void True_fp32_forbids_TF32_to_all_libraries_and_says_so()
    {
        _precision = "fp32";

        Open(ExecutionProvider.Cuda);

        Assert.Contains(
            _noted,
            line => line.Contains("true fp32, with NVIDIA_TF32_OVERRIDE=0", StringComparison.Ordinal)
        );
        Assert.Equal("0", Environment.GetEnvironmentVariable("NVIDIA_TF32_OVERRIDE"));
    }

    [Fact]
    public void A_GPU_that_cannot_be_opened_is_not_said_to_compute_in_fp32()
    {
        _precision = "fp32";
        _failure = new InvalidOperationException(
            "libcudnn.so.9: cannot open shared object file: No such file or directory"
        );

        Open(null);

        Assert.DoesNotContain(_noted, line => line.Contains("true fp32", StringComparison.Ordinal));
    }

    [Fact]
    public void TF32_that_the_environment_forbids_is_not_called_TF32()
    {
        _precision = "fp32";
        Open(ExecutionProvider.Cuda);
        _precision = "tf32";

        var refused = Assert.Throws<InferenceException>(() => Open(ExecutionProvider.Cuda));

        Assert.Contains("NVIDIA_TF32_OVERRIDE=0 forbids TF32", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TF32_on_a_card_or_a_CPU_without_it_is_an_error()
    {
        _precision = "tf32";
        _cuda!.ComputeCapability = new Version(7, 5);

        Assert.Contains(
            "has no TF32",
            Assert.Throws<InferenceException>(() => Open(ExecutionProvider.Cuda)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "NVIDIA",
            Assert.Throws<InferenceException>(() => Open(ExecutionProvider.Cpu)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_int8_model_is_not_run_in_fp32_under_its_name()
    {
        var candidate = new CudaCandidate(
            new CudaTuning { Provider = ExecutionProvider.Cuda, Precision = "int8" },
            _model,
            () => _cuda!,
            tuning => new FakeCudaProvider(_model, tuning)
        );

        Assert.Contains(
            "no int8 convolutions",
            Assert.Throws<InferenceException>(() => candidate.Open(null, strict: true, _said.Add)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_driver_that_is_not_there_is_told_in_one_line()
    {
        // On a machine with a GPU it is there.
        if (Record.Exception(() => CudaDriver.Load()) is { } why)
            Assert.Matches("^[^\n]{10,}$", Assert.IsAssignableFrom<InferenceException>(why).Message);
    }

    private IReadOnlyList<IDeviceSessionFactory> Open(ExecutionProvider? wanted, params int[] devices)
    {
        var trtMissing = new InvalidOperationException("libnvinfer.so.10: cannot open shared object file");
        var opened = ProviderSelection.Open(
            wanted,
            devices.Length == 0 ? null : devices,
            [
                Candidate(ExecutionProvider.TensorRt, trtMissing),
                Candidate(ExecutionProvider.Cuda, _failure),
                new CpuCandidate(
                    OnnxModelLoader.FromProto(new TinyModel().Build(), "", "tiny"),
                    _ => new InferenceOptions(),
                    _precision
                ),
            ],
            _said.Add,
            _noted.Add
        );
        _opened.AddRange(opened);
        return opened;
    }

    private CudaCandidate Candidate(ExecutionProvider provider, Exception? failure) =>
        new(
            new CudaTuning { Provider = provider, Precision = _precision },
            _model,
            () =>
                _cuda
                ?? throw (
                    _broken
                        ? new InferenceException(
                            "the NVIDIA kernel module and the driver's libraries are of different versions"
                        )
                        : new NoSuchHardwareException("no NVIDIA driver is installed")
                ),
            tuning => new FakeCudaProvider(_model, tuning)
            {
                Failure = failure is null ? null : CudaFaults.Wrap("cuda:0", failure),
            },
            _noted.Add
        );
}
