using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Inference.Cuda;

public sealed class CudaLibrariesTests
{
    [Fact]
    public void All_that_is_missing_is_named_in_one_line_with_what_to_install()
    {
        var missing = CudaLibraries.Missing(
            CudaLibraries.Needs(Tuning(ExecutionProvider.TensorRt)),
            _ => false,
            () => null
        );

        var text = CudaLibraries.Describe(missing);

        string[] needed =
        [
            "libnvinfer.so.10",
            "libnvonnxparser.so.10",
            "libcublasLt.so.13",
            "libcublas.so.13",
            "libcudart.so.13",
            "libcurand.so.10",
            "libcudnn.so.9",
        ];
        Assert.All(needed, name => Assert.Contains(name, text, StringComparison.Ordinal));
        Assert.Contains("install cuDNN 9 for CUDA 13", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', text);
    }

    [Fact]
    public void A_part_of_cuDNN_that_is_missing_is_named_unless_it_lies_beside_cuDNN()
    {
        using var folder = new TemporaryDirectory();
        var present = Path.Combine(folder.Root, "libcudnn_ops.so.9");
        File.WriteAllText(present, "");

        var missing = CudaLibraries.Missing(
            CudaLibraries.Needs(Tuning(ExecutionProvider.Cuda)),
            name => !name.StartsWith("libcudnn_", StringComparison.Ordinal),
            () => folder.Root
        );

        Assert.Contains("libcudnn_engines_precompiled.so.9", missing);
        Assert.DoesNotContain("libcudnn_ops.so.9", missing);
    }

    [Fact]
    public void Without_cuDNN_by_option_it_is_not_asked_for()
    {
        var tuning = Tuning(ExecutionProvider.Cuda) with
        {
            Given = new Dictionary<string, string> { ["enable_cudnn"] = "0" },
        };

        Assert.DoesNotContain(
            CudaLibraries.Needs(tuning),
            name => name.StartsWith("libcudnn", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("site-packages/nvidia/cu13/lib", "libcublasLt.so.13")]
    [InlineData("site-packages/nvidia/cudnn/lib", "libcudnn.so.9")]
    [InlineData("dist-packages/nvidia/curand/lib", "libcurand.so.10")]
    [InlineData("site-packages/tensorrt_libs", "libnvinfer.so.10")]
    public void The_packages_of_a_Python_environment_are_looked_through(string packages, string name)
    {
        using var root = new TemporaryDirectory();
        var folder = Directory.CreateDirectory(Path.Combine(root.Root, "lib", "python3.12", packages));
        File.WriteAllText(Path.Combine(folder.FullName, name), "");

        Assert.Equal(Path.Combine(folder.FullName, name), PythonLibraries.Find(name, ["/nowhere", root.Root]));
        Assert.Null(PythonLibraries.Find("libother.so.1", [root.Root]));
    }

    private static CudaTuning Tuning(ExecutionProvider provider) => new() { Provider = provider, Precision = "fp16" };
}
