using System.Text.Json;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>Figures out of the documents of <c>/api/v1/meter</c>.</summary>
internal static class Readings
{
    /// <summary>The cost per billion images on the basis <c>wall</c> over a window.</summary>
    public static double Wall(JsonElement reading, string window) =>
        reading
            .GetProperty("costs")
            .EnumerateArray()
            .Single(cost =>
                cost.GetProperty("basis").GetString() == "wall" && cost.GetProperty("window").GetString() == window
            )
            .GetProperty("usdPerBillionImages")
            .GetDouble();
}
