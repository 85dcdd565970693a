using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Inference.Cuda;

public sealed class CudaProviderOptionsTests
{
    [Theory]
    [InlineData("fp32", "0")]
    [InlineData("tf32", "1")]
    [InlineData("fp16", "1")]
    [InlineData("int8", "1")]
    public void Only_true_fp32_does_without_the_tensor_cores(string precision, string tf32) =>
        Assert.Equal(tf32, CudaProviderOptions.Cuda(Tuning(precision), 0, 1, graphs: true)["use_tf32"]);

    [Fact]
    public void A_user_s_options_win_over_ours_but_not_over_what_the_meter_depends_on()
    {
        var tuning = Tuning("fp16") with
        {
            Given = new Dictionary<string, string>
            {
                ["prefer_nhwc"] = "0",
                ["gpu_mem_limit"] = "1000000",
                ["enable_cuda_graph"] = "1",
            },
        };

        var options = CudaProviderOptions.Cuda(tuning, 2, 0x7f00, graphs: false);

        Assert.Equal(
            ("0", "1000000", "0"),
            (options["prefer_nhwc"], options["gpu_mem_limit"], options["enable_cuda_graph"])
        );
        Assert.Equal(
            ("2", "1", "32512"),
            (options["device_id"], options["has_user_compute_stream"], options["user_compute_stream"])
        );
    }

    [Theory]
    [InlineData("cuda", "prefer_nhwc", true)]
    [InlineData("cuda", "device_id", false)]
    [InlineData("cuda", "use_tf32", false)]
    [InlineData("cuda", "trt_fp16_enable", false)]
    [InlineData("tensorrt", "trt_fp16_enable", false)]
    [InlineData("auto", "trt_builder_optimization_level", true)]
    [InlineData("tensorrt", "trt_max_workspace_size", true)]
    [InlineData("cuda", "no_such_option", false)]
    [InlineData("cuda", "enable_cudnn", true)]
    [InlineData("cuda", "sdpa_kernel", true)]
    [InlineData("cuda", "use_ep_level_unified_stream", true)]
    [InlineData("cuda", "fuse_conv_bias", true)]
    public void Options_that_cannot_be_set_are_refused_by_name(string provider, string key, bool accepted)
    {
        var refusal = CudaProviderOptions.Refuse(ExecutionProviders.Parse(provider), [key]);

        Assert.Equal(accepted, refusal is null);
        if (refusal is not null)
            Assert.StartsWith(key, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void TensorRT_builds_one_engine_for_all_batch_sizes_and_keeps_it()
    {
        var model = OnnxModelLoader.FromProto(new TinyModel().Build(), "", "tiny");
        var tuning = Tuning("fp16") with
        {
            Provider = ExecutionProvider.TensorRt,
            MaxBatch = 64,
            CacheFolder = "/cache",
        };

        var options = CudaProviderOptions.TensorRt(tuning, 0, 1, graphs: true, model.Values, model.Description);

        Assert.Equal(
            ("1", "/cache", "1", "1"),
            (
                options["trt_engine_cache_enable"],
                options["trt_timing_cache_path"],
                options["trt_fp16_enable"],
                options["trt_cuda_graph_enable"]
            )
        );
        Assert.Equal($"{model.Values.Pixels}:1x16x12x3", options["trt_profile_min_shapes"]);
        Assert.Equal($"{model.Values.Pixels}:64x16x12x3", options["trt_profile_max_shapes"]);
    }

    [Theory]
    [InlineData("cuda", "enable_cuda_graph", "0", false)]
    [InlineData("cuda", "trt_cuda_graph_enable", "0", true)]
    [InlineData("cuda", "prefer_nhwc", "0", false)]
    [InlineData("tensorrt", "trt_cuda_graph_enable", "0", false)]
    public void CUDA_graphs_can_be_turned_off(string provider, string key, string value, bool wanted) =>
        Assert.Equal(
            wanted,
            CudaProviderOptions.WantsGraphs(
                Tuning("fp16") with
                {
                    Provider = ExecutionProviders.Parse(provider)!.Value,
                    Given = new Dictionary<string, string> { [key] = value },
                }
            )
        );

    private static CudaTuning Tuning(string precision) =>
        new() { Provider = ExecutionProvider.Cuda, Precision = precision };
}
