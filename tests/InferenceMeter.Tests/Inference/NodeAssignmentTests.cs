using System.Text.Json;
using InferenceMeter.Inference;

namespace InferenceMeter.Tests.Inference;

public sealed class NodeAssignmentTests
{
    [Fact]
    public void Each_node_counts_once_under_the_provider_that_ran_it()
    {
        using var profile = JsonDocument.Parse(
            """
            [{"cat":"Session","name":"model_run","args":{}},
             {"cat":"Node","name":"conv1_kernel_time","args":{"op_name":"Conv","provider":"CUDAExecutionProvider"}},
             {"cat":"Node","name":"conv1_kernel_time","args":{"op_name":"Conv","provider":"CUDAExecutionProvider"}},
             {"cat":"Node","name":"conv1_fence_before","args":{"op_name":"Conv"}},
             {"cat":"Node","name":"Memcpy_kernel_time",
              "args":{"op_name":"MemcpyToHost","provider":"CUDAExecutionProvider"}},
             {"cat":"Kernel","name":"sm90_gemm","args":{"provider":"CUDAExecutionProvider"}},
             {"cat":"Node","name":"odd_kernel_time","args":{"op_name":"Odd","provider":"CPUExecutionProvider"}}]
            """
        );

        Assert.Equal(
            [("CPUExecutionProvider", 1), ("CUDAExecutionProvider", 2)],
            NodeAssignment.Count(profile.RootElement).Select(pair => (pair.Key, pair.Value)).Order()
        );
    }
}
