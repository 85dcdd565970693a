using System.ComponentModel.DataAnnotations;

namespace InferenceMeter.Settings;

/// <summary>Money, or US dollars for a unit of another currency: a price cannot be nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PositiveAmountAttribute() : RangeAttribute(typeof(decimal), "0.000001", "1000000");
