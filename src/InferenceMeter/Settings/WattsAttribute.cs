using System.ComponentModel.DataAnnotations;

namespace InferenceMeter.Settings;

/// <summary>Power of a machine in watts.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WattsAttribute() : RangeAttribute(0, 1_000_000);
