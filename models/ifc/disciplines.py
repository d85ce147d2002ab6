"""Whose work an element is, by its class (ISO 16739-1, the domain and shared schemas that define the classes)."""

ARCHITECTURE, STRUCTURE, SITE, FURNITURE = "architecture", "structure", "site", "furniture"
HVAC, ELECTRICAL, PLUMBING, SERVICES = "hvac", "electrical", "plumbing", "services"
INFRASTRUCTURE, TRANSPORT, SPACES = "infrastructure", "transport", "spaces"

# By how the name goes on after Ifc; the longest that fits counts.
_BY_START = {
    ARCHITECTURE: (
        "Wall Slab Roof Door Window Stair Ramp Railing Covering CurtainWall Chimney ShadingDevice BuildingElement "
        "BuiltElement ElementAssembly Proxy"
    ),
    STRUCTURE: "Beam Column Member Footing Pile Plate Bearing DeepFoundation CaissonFoundation Fastener Mechanical "
    "DiscreteAccessory VibrationIsolator VibrationDamper SlabElementedCase",
    SITE: "Site Geographic Earthworks GeotechnicalElement GeotechnicalStratum GeotechnicalAssembly Borehole Geomodel "
    "Geoslice SolidStratum WaterStratum VoidStratum ReinforcedSoil Civil",
    FURNITURE: "Furni SystemFurniture",
    HVAC: "Duct AirTerminal AirToAir Fan Damper Boiler Chiller Coil Condenser CooledBeam CoolingTower Evaporat "
    "HeatExchanger Humidifier SpaceHeater UnitaryEquipment Burner Compressor TubeBundle Filter Engine FlowMovingDevice "
    "EnergyConversionDevice",
    ELECTRICAL: "Cable Light Lamp Outlet SwitchingDevice Electric Transformer ProtectiveDevice JunctionBox Motor "
    "CommunicationsAppliance MobileTelecommunications AudioVisual Alarm Sensor Actuator Controller UnitaryControl "
    "FlowInstrument SolarDevice Signal DistributionControl DistributionBoard",
    PLUMBING: "Pipe Sanitary Valve Tank WasteTerminal StackTerminal Interceptor FireSuppression Pump FlowMeter "
    "LiquidTerminal DistributionChamber",
    SERVICES: "Distribution Flow MedicalDevice",
    INFRASTRUCTURE: "Bridge Road Rail Tunnel Marine Facility Kerb Pavement Course TrackElement Mooring Navigation Sign",
    TRANSPORT: "TransportElement TransportationDevice Vehicle ConveyorSegment",
    SPACES: "Space Spatial ExternalSpatial",
}
_STARTS = sorted(
    ((start.upper(), discipline) for discipline, starts in _BY_START.items() for start in starts.split()),
    key=lambda each: -len(each[0]),
)


def of(kind: str, type_kind: str = "") -> str:
    """The discipline of a class; where that is a general one (IfcFlowTerminal of IFC2x3), of its type's class."""
    discipline = _of(kind)
    return _of(type_kind) or discipline if discipline in {"", SERVICES} else discipline


def _of(kind: str) -> str:
    name = kind.upper().removeprefix("IFC")
    return next((discipline for start, discipline in _STARTS if name.startswith(start)), "")
